export * from './relation.js';
export * from './render-dot.js';
export * from './render-tree.js';
export * from './short-id.js';
export * from './standing-reasons.js';
export * from './taint-causes.js';
