#!/usr/bin/env python3
"""Builds the model of the tests: a BERT-like ONNX graph of a few kilobytes that the real runtime loads and runs.

    python3 -m venv .cache/tiny && .cache/tiny/bin/pip install onnx
    .cache/tiny/bin/python tools/models/build-tiny-onnx.py apps/server/src/fixtures/tiny-model
    .cache/tiny/bin/python tools/models/build-tiny-onnx.py apps/server/src/fixtures/tiny-int8-model int8

Every token has a fixed random vector, and a token's output is that vector plus half of its sentence's mean: enough to
tell a mask that is honoured from one that is not. With `int8` the words are rounded to 8 bits on a scale of the whole
run, as quantised models round theirs. The tokenizer knows some words and every letter.
"""

import json
import random
import sys
from pathlib import Path

from onnx import TensorProto, checker, helper, save

DIMENSIONS = 8
WORDS = "the ledger trust chain of is a capsule rests on graph painted sunrise lake rent tenant".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
VOCABULARY = SPECIAL + WORDS + [c for c in LETTERS if c not in WORDS] + [f"##{c}" for c in LETTERS]


def model(int8):
    rng = random.Random(7)
    table = [rng.uniform(-1, 1) for _ in range(len(VOCABULARY) * DIMENSIONS)]
    constants = [
        helper.make_tensor("table", TensorProto.FLOAT, [len(VOCABULARY), DIMENSIONS], table),
        helper.make_tensor("last", TensorProto.INT64, [1], [-1]),
        helper.make_tensor("tokens", TensorProto.INT64, [1], [1]),
        helper.make_tensor("half", TensorProto.FLOAT, [], [0.5]),
    ]
    rounding = [
        helper.make_node("DynamicQuantizeLinear", ["looked up"], ["bytes", "scale", "zero"]),
        helper.make_node("DequantizeLinear", ["bytes", "scale", "zero"], ["words"]),
    ]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["looked up" if int8 else "words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["words", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "tokens"], ["sum"], keepdims=1),
        helper.make_node("ReduceSum", ["wide", "tokens"], ["count"], keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["mean"]),
        helper.make_node("Mul", ["mean", "half"], ["context"]),
        helper.make_node("Add", ["words", "context"], ["last_hidden_state"]),
    ]
    nodes[1:1] = rounding if int8 else []
    ids = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", DIMENSIONS])
    graph = helper.make_graph(nodes, "tiny", [ids("input_ids"), ids("attention_mask")], [output], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 8
    checker.check_model(made)
    return made


def tokenizer():
    special = [
        {"id": at, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": True}
        for at, token in enumerate(SPECIAL)
    ]
    piece = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    sequence = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [piece("[CLS]"), sequence, piece("[SEP]")],
            "pair": [piece("[CLS]"), sequence, piece("[SEP]")],
            "special_tokens": {
                name: {"id": name, "ids": [SPECIAL.index(name)], "tokens": [name]} for name in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": {token: at for at, token in enumerate(VOCABULARY)},
        },
    }


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["int8"]):
        sys.exit("usage: build-tiny-onnx.py OUT [int8]")
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    save(model(len(sys.argv) == 3), str(out / "model.onnx"))
    (out / "tokenizer.json").write_text(json.dumps(tokenizer(), indent=1) + "\n")


if __name__ == "__main__":
    main()
