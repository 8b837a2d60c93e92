export {
  createDataFolder,
  dataFolder,
  folderVerifierKeys,
  keepLedgerKey,
  keepPublicKey,
  loadLedgerKey,
  readLedgerKey,
} from './data-folder.js';
export * from './sqlite-store.js';
export * from './verify/check-data-folder.js';
export * from './verify/verify-data-folder.js';
