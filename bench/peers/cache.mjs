/** Where what takes long to make is kept between runs. */
import { fileURLToPath } from 'node:url';

export const DEFAULT_CACHE = fileURLToPath(new URL('../../.cache/peers', import.meta.url));
