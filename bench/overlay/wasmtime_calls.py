"""Calls of the echo guest under Wasmtime with its own fuel, in this process: input written, handler called, result read.

    python wasmtime_calls.py MODULE INPUT CALLS

Prints JSON: p50 and p99 of a call in microseconds, calls in a second, p50 of making an instance in milliseconds.
"""

import json
import statistics
import sys
import time

import wasmtime

BUDGET = 1_000_000


def make(engine, module):
    store = wasmtime.Store(engine)
    store.set_fuel(BUDGET)
    request = wasmtime.FuncType([wasmtime.ValType.i32(), wasmtime.ValType.i32()], [wasmtime.ValType.i64()])
    host = wasmtime.Func(store, request, lambda at, length: 0)
    return store, wasmtime.Instance(store, module, [host]).exports(store)


def main():
    path, text, calls = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    module = wasmtime.Module.from_file(engine, path)
    starts = []
    for _ in range(30):
        started = time.perf_counter()
        store, exports = make(engine, module)
        starts.append((time.perf_counter() - started) * 1e3)
    memory, alloc, free, echo = exports["memory"], exports["ov_alloc"], exports["ov_free"], exports["echo"]

    def call():
        store.set_fuel(BUDGET)
        at = alloc(store, len(text))
        memory.write(store, text, at)
        packed = echo(store, at, len(text))
        result = memory.read(store, packed >> 32, (packed >> 32) + (packed & 0xFFFFFFFF))
        free(store, at, len(text))
        return result

    for _ in range(calls // 10):
        assert bytes(call()) == text
    times = []
    begun = time.perf_counter()
    for _ in range(calls):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1e6)
    elapsed = time.perf_counter() - begun
    times.sort()
    print(
        json.dumps(
            {
                "p50": times[len(times) // 2],
                "p99": times[int(len(times) * 0.99)],
                "perSecond": calls / elapsed,
                "start": statistics.median(starts),
            }
        )
    )


main()
