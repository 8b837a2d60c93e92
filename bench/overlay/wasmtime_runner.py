"""Times kernels under Wasmtime, with its own fuel and without, turn by turn.

    python wasmtime_runner.py MODULE ROUNDS '{"kernel": amount}'

Prints JSON: by kernel the milliseconds of each round, `plain` and `fuel`, the fuel used, and what came out.
"""

import json
import sys
import time

import wasmtime

BUDGET = 1 << 60


def instance(path, fuel):
    config = wasmtime.Config()
    config.consume_fuel = fuel
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    if fuel:
        store.set_fuel(BUDGET)
    exports = wasmtime.Instance(store, wasmtime.Module.from_file(engine, path), []).exports(store)
    return store, exports


def main():
    path, rounds, amounts = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    sides = {"plain": instance(path, False), "fuel": instance(path, True)}
    found = {}
    for kernel, amount in amounts.items():
        times = {"plain": [], "fuel": []}
        for number in range(rounds + 1):
            for side, (store, exports) in sides.items():
                if side == "fuel":
                    store.set_fuel(BUDGET)
                started = time.perf_counter()
                result = exports[kernel](store, amount)
                if number > 0:
                    times[side].append((time.perf_counter() - started) * 1e3)
        used = BUDGET - sides["fuel"][0].get_fuel()
        found[kernel] = {**times, "used": used, "result": result}
    print(json.dumps(found))


main()
