/** A chain of three links: what a capsule rests on. */
export const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f2a44"/><g fill="none" stroke-width="2.6"><circle cx="10" cy="10" r="4.2" stroke="#f2b14c"/><circle cx="16" cy="16" r="4.2" stroke="#f6cf8f"/><circle cx="22" cy="22" r="4.2" stroke="#fff"/></g></svg>`;
