import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aGraph, anEdge, aNode } from './given-graph.js';
import { renderLineageDot } from './render-dot.js';
import { renderLineageTree } from './render-tree.js';

const rows = (...args: Parameters<typeof renderLineageTree>) =>
  renderLineageTree(...args)
    .trimEnd()
    .split('\n');

describe('the tree', () => {
  it('[LIN-5] says of each capsule what it is, what it is worth and why it is there', () => {
    const graph = aGraph(
      [
        aNode('0192d3c8-7c1e-7a50-9f7b-00000000000a', { title: 'PEP 566', chainTrust: 20, tainted: true }),
        aNode('b', { title: 'PEP 345', version: '2.1.0', trust: 80, chainTrust: 20, tainted: true, archived: true }),
        aNode('c', { title: null, trust: 20, retracted: true }),
        aNode('d', { title: 'PEP 241', trust: 100, warned: true }),
      ],
      [
        anEdge('0192d3c8-7c1e-7a50-9f7b-00000000000a', 'b', 'fork', 'Replaces PEP 345'),
        anEdge('0192d3c8-7c1e-7a50-9f7b-00000000000a', 'd', 'citation'),
        anEdge('b', 'c', 'merge', 'from\nboth'),
      ],
    );
    expect(rows(graph)).toEqual([
      '…0000000a  PEP 566  v1.0.0  trust 60 STANDARD (chain 20)  ⚠ tainted',
      '├─ b  PEP 345  v2.1.0  fork  trust 80 TRUSTED (chain 20)  ⚠ tainted  archived  — Replaces PEP 345',
      '│  └─ c  (untitled knowledge)  v1.0.0  merge  trust 20 QUARANTINE  ✗ retracted  — from both',
      '└─ d  PEP 241  v1.0.0  citation  trust 100 CORE  ⚠ cites something bad',
    ]);
  });

  it('[LIN-5] colours only when asked to', () => {
    const graph = aGraph([aNode('a'), aNode('b', { trust: 20 })], [anEdge('a', 'b')]);
    const esc = '\u001b';
    expect(renderLineageTree(graph)).not.toContain(esc);
    const coloured = renderLineageTree(graph, { colour: true });
    expect(coloured).toContain(`${esc}[31mtrust 20 QUARANTINE${esc}[0m`);
    const opened = coloured.split(esc).filter((part) => /^\[[1-9]/.test(part));
    expect(coloured.split(`${esc}[0m`)).toHaveLength(opened.length + 1);
  });

  it('[LIN-5] walks descendants as well, and says where it was cut', () => {
    const graph = aGraph(
      [aNode('a'), aNode('b'), aNode('c')],
      [anEdge('b', 'a'), anEdge('c', 'b')],
      'descendants',
      true,
    );
    expect(rows(graph).map((row) => row.split('  Title')[0])).toEqual([
      'a',
      '└─ b',
      '   └─ c',
      '… the lineage goes on beyond the depth asked for',
    ]);
  });

  it('[LIN-6] draws what is reached twice once, and refers to it afterwards', () => {
    const graph = aGraph(
      ['a', 'b', 'c', 'd', 'e'].map((id) => aNode(id)),
      [
        anEdge('a', 'b'),
        anEdge('a', 'c', 'merge'),
        anEdge('b', 'd'),
        anEdge('c', 'd', 'summary', 'again'),
        anEdge('d', 'e'),
      ],
    );
    expect(rows(graph)).toEqual([
      'a  Title a  v1.0.0  trust 60 STANDARD',
      '├─ b  Title b  v1.0.0  fork  trust 60 STANDARD',
      '│  └─ d  Title d  v1.0.0  fork  trust 60 STANDARD',
      '│     └─ e  Title e  v1.0.0  fork  trust 60 STANDARD',
      '└─ c  Title c  v1.0.0  merge  trust 60 STANDARD',
      '   └─ d  Title d  v1.0.0  summary  (drawn above)  — again',
    ]);
  });

  const sections = (count: number, fields: object = {}) =>
    Array.from({ length: count }, (_, i) => aNode(`s${i}`, { collection: 'docs/pep-8', position: i, ...fields }));

  it('[LIN-7] tells more than six members of one collection in one row', () => {
    const parts = [...sections(12), aNode('other')];
    const bad = parts.map((node, i) => (i < 3 ? { ...node, tainted: true, chainTrust: 20 } : node));
    const edges = parts.map(({ id }) => anEdge(id, 'doc', 'summary'));
    expect(rows(aGraph([aNode('doc'), ...parts], edges, 'descendants'))).toEqual([
      'doc  Title doc  v1.0.0  trust 60 STANDARD',
      '├─ … 12 sections  of docs/pep-8  summary  lowest chain 60',
      '└─ other  Title other  v1.0.0  summary  trust 60 STANDARD',
    ]);
    expect(rows(aGraph([aNode('doc'), ...bad], edges, 'descendants'))[1]).toContain(
      'lowest chain 20  ⚠ 3 tainted, quarantined or retracted',
    );
    const six = sections(6);
    expect(rows(aGraph([aNode('doc'), ...six], edges.slice(0, 6), 'descendants'))).toHaveLength(7);
  });

  it('[LIN-7] folds later versions along, and never what leads elsewhere', () => {
    const first = sections(8);
    const second = first.map((node) => ({ ...node, id: `${node.id}-2` }));
    const edges = [
      ...first.map(({ id }) => anEdge(id, 'doc', 'summary')),
      ...second.map(({ id }, i) => anEdge(id, `s${i}`, 'version')),
      anEdge('quote', 's3-2', 'citation'),
    ];
    const graph = aGraph([aNode('doc'), ...first, ...second, aNode('quote')], edges, 'descendants');
    expect(rows(graph).map((row) => row.split('  ').slice(0, 1).join())).toHaveLength(5);
    expect(rows(graph)[1]).toContain('… 7 sections');
    expect(
      rows(graph)
        .slice(2)
        .map((row) => row.trim().split(' ')[1]),
    ).toEqual(['s3', 's3-2', 'quote']);
  });

  it('[LIN-8] survives a depth of 100,000, in proportion to the number of rows', () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) => aNode(`n${i}`, { title: 'x' }));
    const edges = nodes.slice(1).map(({ id }, i) => anEdge(`n${i}`, id));
    const tree = renderLineageTree(aGraph(nodes, edges));
    expect(tree.split('\n')).toHaveLength(100_001);
    expect(tree.length / 100_000).toBeLessThan(200);
    expect(tree).toContain('⋯ depth 99999 └─ n99999');
  });

  it('[LIN-8] counts what is beyond the rows asked for', () => {
    const nodes = Array.from({ length: 10 }, (_, i) => aNode(`n${i}`));
    const graph = aGraph(
      nodes,
      nodes.slice(1).map(({ id }) => anEdge('n0', id)),
    );
    const drawn = rows(graph, { maxRows: 4 });
    expect(drawn).toHaveLength(5);
    expect(drawn[4]).toBe('… 6 more rows');
  });

  it('[LIN-9] lets no text act on the terminal', () => {
    const evil = '\u001b[2J\r\n\u0007\u009b31m\u202eevil';
    const graph = aGraph(
      [aNode('a', { title: evil }), ...Array.from({ length: 7 }, (_, i) => aNode(`b${i}`, { collection: evil }))],
      Array.from({ length: 7 }, (_, i) => anEdge('a', `b${i}`, 'fork', evil)),
    );
    const tree = renderLineageTree(graph);
    expect(tree).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(tree.split('\n')).toHaveLength(3);
  });

  it('[LIN-9] cuts long titles between characters', () => {
    const [row = ''] = rows(aGraph([aNode('a', { title: '😀'.repeat(100) })], []));
    expect(row).toContain(`a  ${'😀'.repeat(59)}…  v1`);
    expect(rows(aGraph([aNode('a', { title: '😀'.repeat(60) })], []))[0]).toContain(`${'😀'.repeat(60)}  v1`);
  });

  it('[LIN-6] draws every node of any lineage exactly once', () => {
    const anyDag = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.tuple(
          fc.constant(size),
          fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }),
          fc.constantFrom('ancestors' as const, 'descendants' as const),
        ),
      );
    fc.assert(
      fc.property(anyDag, ([size, pairs, direction]) => {
        const pointed = pairs.filter(([a, b]) => a < b).map(([a, b]): [string, string] => [`n${a}`, `n${b}`]);
        const chain = Array.from({ length: size - 1 }, (_, i): [string, string] => [`n${i}`, `n${i + 1}`]);
        const unique = [...new Map([...chain, ...pointed].map((pair) => [pair.join(), pair])).values()];
        const edges = unique.map(([a, b]) => (direction === 'ancestors' ? anEdge(a, b) : anEdge(b, a)));
        const nodes = Array.from({ length: size }, (_, i) => aNode(`n${i}`));
        const drawn = rows(aGraph(nodes, edges, direction)).filter((row) => !row.includes('(drawn above)'));
        expect(drawn.map((row) => /n\d+/.exec(row)?.[0]).sort()).toEqual(nodes.map(({ id }) => id).sort());
      }),
    );
  });
});

describe('the Graphviz text', () => {
  /** Statements of the DOT language as far as they are used here; throws on anything else. */
  const parse = (dot: string) => {
    const text = `"(?:[^"\\\\\\n]|\\\\.)*"`;
    const attributes = `\\[(?:[a-z]+=${text}(?:, )?)+\\]`;
    const statement = new RegExp(
      `^  (?:(node|edge|${text}) ${attributes}|(${text}) -> (${text}) ${attributes}|[a-z]+=${text});$`,
    );
    const lines = dot.trimEnd().split('\n');
    expect([lines.at(0), lines.at(-1)]).toEqual(['digraph lineage {', '}']);
    const found = lines.slice(1, -1).map((line) => {
      const match = statement.exec(line);
      if (match === null) throw new Error(`not a statement: ${line}`);
      return match;
    });
    return {
      nodes: found.flatMap(([, node]) => (node?.startsWith('"') ? [JSON.parse(node) as string] : [])),
      edges: found.flatMap(([, , from, to]) => (from && to ? [[JSON.parse(from), JSON.parse(to)]] : [])),
    };
  };

  it('[LIN-10] holds every node and edge, whatever is written in them', () => {
    const text = fc.string({
      unit: fc.constantFrom('"', '\\', '\n', '\0', '\u001b', '{', '<', ']', ';', 'ä', '😀', ' ', 'n'),
    });
    fc.assert(
      fc.property(text, text, (title, reason) => {
        const graph = aGraph(
          [aNode('a', { title }), aNode('b')],
          [anEdge('a', 'b', 'fork', reason)],
          'ancestors',
          true,
        );
        expect(parse(renderLineageDot(graph))).toEqual({ nodes: ['a', 'b'], edges: [['a', 'b']] });
      }),
    );
  });

  it('[LIN-10] shows trust by colour, taint by a dashed border, and what an edge hands on by its line', () => {
    const graph = aGraph(
      [aNode('a', { tainted: true, chainTrust: 0 }), aNode('b', { trust: 0 }), aNode('c', { trust: 100 })],
      [anEdge('a', 'b', 'fork', 'say "why"'), anEdge('a', 'c', 'citation'), anEdge('a', 'd', 'refutes')],
    );
    const dot = renderLineageDot(graph);
    const line = (start: string) => dot.split('\n').find((row) => row.trim().startsWith(start)) ?? '';
    expect(line('"a" [')).toMatch(/style="filled,dashed", fillcolor="#f1f5f9".*penwidth="2"/);
    expect(line('"b" [')).toMatch(/style="filled", fillcolor="#fecaca", color=/);
    expect(line('"c" [')).toMatch(/fillcolor="#bae6fd"\]/);
    expect(line('"a" -> "b"')).toContain('label="fork", style="solid", tooltip="say \\"why\\""');
    expect(line('"a" -> "c"')).toContain('style="dashed"');
    expect(line('"a" -> "d"')).toContain('style="dotted"');
  });
});
