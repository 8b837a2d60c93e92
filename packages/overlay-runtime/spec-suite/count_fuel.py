"""Counts the fuel of the suite's calls by Wasmtime 50.0.1, whose counts metering is compared with.

    python count_fuel.py SCRIPTS.json > FUEL.json

SCRIPTS.json holds the scripts of `core/` by name, as they are when decompressed. FUEL.json has, by script and line, the
fuel of each call that returned. Modules that import more than the suite's print functions are passed over.
"""

import base64
import json
import struct
import sys

import wasmtime

BUDGET = 10**11
TRAPPING_BUDGET = 10**7


def signed(text, bits):
    value = int(text) % 2**bits
    return value - 2**bits if value >> (bits - 1) else value


def bits_of(text, integer, real):
    return float("nan") if text.startswith("nan") else struct.unpack(real, struct.pack(integer, int(text)))[0]


def value(argument):
    kind, text = argument["type"], argument.get("value", "0")
    if kind == "i32":
        return wasmtime.Val.i32(signed(text, 32))
    if kind == "i64":
        return wasmtime.Val.i64(signed(text, 64))
    if kind == "f32":
        return wasmtime.Val.f32(bits_of(text, "<I", "<f"))
    if kind == "f64":
        return wasmtime.Val.f64(bits_of(text, "<Q", "<d"))
    if kind == "funcref":
        return wasmtime.Val.funcref(None)
    return wasmtime.Val.externref(None if text == "null" else int(text))


def instance(engine, command):
    module = wasmtime.Module(engine, base64.b64decode(command["wasm"]))
    store = wasmtime.Store(engine)
    store.set_fuel(BUDGET)
    if any(one.module != "spectest" or not isinstance(one.type, wasmtime.FuncType) for one in module.imports):
        return None
    imports = [wasmtime.Func(store, one.type, lambda *_: None) for one in module.imports]
    return store, wasmtime.Instance(store, module, imports).exports(store)


def counts(engine, commands):
    named, last, found = {}, None, {}
    for command in commands:
        if command["type"] == "module":
            try:
                last = instance(engine, command)
            except (wasmtime.WasmtimeError, wasmtime.Trap):
                last = None
            if "name" in command:
                named[command["name"]] = last
            continue
        action = command.get("action", {})
        if action.get("type") != "invoke":
            continue
        target = named.get(action["module"]) if "module" in action else last
        if target is None:
            continue
        store, exports = target
        returns = command["type"] in ("assert_return", "action")
        budget = BUDGET if returns else TRAPPING_BUDGET
        store.set_fuel(budget)
        try:
            exports[action["field"]](store, *[value(one) for one in action.get("args", [])])
        except (wasmtime.WasmtimeError, wasmtime.Trap):
            continue
        if returns:
            found[command["line"]] = budget - store.get_fuel()
    return found


def main():
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    with open(sys.argv[1], encoding="utf-8") as file:
        scripts = json.load(file)
    json.dump({name: counts(engine, commands) for name, commands in scripts.items()}, sys.stdout)


main()
