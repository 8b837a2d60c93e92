/** Unit vectors from a mixture of Gaussians: they have neighbours, as those of texts do, and repeat with their seed. */
import { randomness } from '../shared/random.mjs';

/**
 * @param {number} spread how far from its cluster's centre a vector lies, in centres' lengths; texts of one subject have
 *   cosines of .4 to .8, which a spread of 1 to .6 gives
 */
export function clusteredVectors({ dimensions, clusters = 1000, spread = 0.8, seed = 1 }) {
  const random = randomness(seed);
  const normal = normalNumbers(random);
  const centres = new Float32Array(clusters * dimensions).map(normal);
  return {
    random,
    /** Fills `out` with the next vector. */
    next(out = new Float32Array(dimensions)) {
      const centre = Math.floor(random() * clusters) * dimensions;
      let squares = 0;
      for (let i = 0; i < dimensions; i++) {
        const value = centres[centre + i] + spread * normal();
        out[i] = value;
        squares += value * value;
      }
      const length = Math.sqrt(squares);
      for (let i = 0; i < dimensions; i++) out[i] /= length;
      return out;
    },
  };
}

/** Box and Muller's, both of the pair. */
function normalNumbers(random) {
  let kept = NaN;
  return () => {
    if (!Number.isNaN(kept)) {
      const value = kept;
      kept = NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
