/**
 * Vectors of a set, from files or from a model.
 *
 * `--vectors DIR`: `NAME.queries.f32` and `NAME.docs.f32` hold one unit vector per line of queries.jsonl and docs.jsonl,
 * as 32-bit floats; optional `NAME.passages.f32` with `NAME.passages.i32`, the line of the document each is from.
 * `--model DIR`: model.onnx and tokenizer.json of a BERT-like encoder whose vectors are means over tokens. Needs
 * onnxruntime-node and @huggingface/tokenizers, in FORGE_ONNX_RUNTIME's node_modules or ours.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { splitSentences } from '../../packages/core/dist/search/index.js';

const MAX_TOKENS = 256;
/** About as many characters as the model reads tokens of. */
const PASSAGE_CHARS = 900;
const BATCH = 16;

/** `similarities(query)` gives a document's best cosine by ordinal. Null, with a word on why, when there are none. */
export async function vectorsFor(set, { vectors: folder, model }) {
  if (model !== undefined) return fromModel(set, model);
  if (folder === undefined) {
    console.log(`\n${set.name}: neither --vectors nor --model, so words alone`);
    return null;
  }
  const read = (suffix) => {
    const path = join(folder, `${set.name}.${suffix}`);
    return existsSync(path) ? new Uint8Array(readFileSync(path)).buffer : null;
  };
  const [queries, docs, passages, owners] = ['queries.f32', 'docs.f32', 'passages.f32', 'passages.i32'].map(read);
  if (queries === null || docs === null) {
    console.log(`\n${set.name}: no ${set.name}.queries.f32 and ${set.name}.docs.f32 there, so words alone`);
    return null;
  }
  const ordinals = Int32Array.from(set.docs, (_, ordinal) => ordinal);
  const parts = [{ vectors: new Float32Array(docs), owners: ordinals }];
  if (passages !== null && owners !== null) {
    parts.push({ vectors: new Float32Array(passages), owners: new Int32Array(owners) });
  }
  return compared(set, new Float32Array(queries), parts);
}

function compared(set, queryVectors, parts) {
  const dimensions = queryVectors.length / set.queries.length;
  for (const { vectors, owners } of parts) {
    if (vectors.length !== owners.length * dimensions) {
      throw new RangeError(`${set.name}: the vectors do not match the documents in number or dimension`);
    }
  }
  const lineOf = new Map(set.queries.map((query, line) => [query.id, line]));
  return {
    similarities(query) {
      const at = lineOf.get(query.id) * dimensions;
      const best = new Float32Array(set.docs.length).fill(-1);
      for (const { vectors, owners } of parts) {
        owners.forEach((ordinal, i) => {
          let sum = 0;
          for (let k = 0; k < dimensions; k++) sum += queryVectors[at + k] * vectors[i * dimensions + k];
          if (sum > best[ordinal]) best[ordinal] = sum;
        });
      }
      return best;
    },
  };
}

async function fromModel(set, folder) {
  const load = createRequire(join(resolve(process.env.FORGE_ONNX_RUNTIME ?? '.'), 'package.json'));
  let onnx, tokenizers;
  try {
    onnx = load('onnxruntime-node');
    tokenizers = load('@huggingface/tokenizers');
  } catch (error) {
    console.log(`\n${set.name}: the model cannot run (${error.code ?? error.message}), so words alone`);
    return null;
  }
  const session = await onnx.InferenceSession.create(join(folder, 'model.onnx'), { logSeverityLevel: 3 });
  const tokenizer = new tokenizers.Tokenizer(JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')), {});
  const owners = [];
  const texts = [];
  set.docs.forEach(({ title, text }, ordinal) => {
    for (const passage of passagesOf(text)) {
      owners.push(ordinal);
      texts.push((title ?? '') === '' ? passage : `${title}: ${passage}`);
    }
  });
  console.log(`\n${set.name}: embedding ${texts.length} passages and ${set.queries.length} questions`);
  const embed = (list) => embedAll(list, session, tokenizer, onnx.Tensor);
  const queryVectors = await embed(set.queries.map(({ text }) => text));
  const vectors = await embed(texts);
  await session.release();
  return compared(set, queryVectors, [{ vectors, owners: Int32Array.from(owners) }]);
}

/** Whole sentences, in passages of about equal length. */
function passagesOf(text) {
  const goal = text.length / Math.ceil(text.length / PASSAGE_CHARS);
  const passages = [];
  let start = 0;
  for (const { start: at, end } of splitSentences(text)) {
    if (at > start && (at + end) / 2 - start > goal) {
      passages.push(text.slice(start, at).trim());
      start = at;
    }
  }
  return [...passages, text.slice(start).trim()];
}

async function embedAll(texts, session, tokenizer, Tensor) {
  const tokens = texts.map((text) => {
    const ids = [...tokenizer.encode(text).ids];
    return ids.length <= MAX_TOKENS ? ids : [...ids.slice(0, MAX_TOKENS - 1), ids.at(-1)];
  });
  // Texts of like length go together, so that little of a batch is padding.
  const order = [...tokens.keys()].sort((a, b) => tokens[a].length - tokens[b].length);
  let all = null;
  for (let from = 0; from < order.length; from += BATCH) {
    const batch = order.slice(from, from + BATCH);
    const longest = Math.max(...batch.map((i) => tokens[i].length));
    const shape = [batch.length, longest];
    const ids = new BigInt64Array(batch.length * longest);
    const mask = new BigInt64Array(ids.length);
    batch.forEach((i, r) =>
      tokens[i].forEach((id, at) => {
        ids[r * longest + at] = BigInt(id);
        mask[r * longest + at] = 1n;
      }),
    );
    const inputs = { input_ids: ids, attention_mask: mask, token_type_ids: new BigInt64Array(ids.length) };
    const feeds = Object.fromEntries(
      session.inputNames.map((name) => [name, new Tensor('int64', inputs[name], shape)]),
    );
    const output = Object.values(await session.run(feeds))[0];
    const dimensions = output.dims[2];
    all ??= new Float32Array(texts.length * dimensions);
    batch.forEach((i, r) => all.set(meanOf(output.data, r * longest, tokens[i].length, dimensions), i * dimensions));
  }
  return all ?? new Float32Array(0);
}

/** The mean of a text's token vectors, with length 1. */
function meanOf(data, first, count, dimensions) {
  const mean = new Float32Array(dimensions);
  for (let t = 0; t < count; t++) for (let k = 0; k < dimensions; k++) mean[k] += data[(first + t) * dimensions + k];
  const norm = Math.hypot(...mean) || 1;
  return mean.map((value) => value / norm);
}
