export {
  createDataFolder,
  dataFolder,
  folderVerifierKeys,
  keepLedgerKey,
  keepPublicKey,
  loadLedgerKey,
} from './data-folder.js';
export * from './sqlite-store.js';
export * from './verify/verify-data-folder.js';
