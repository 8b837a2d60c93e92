// `npm start`: from a fresh clone to a running server. This file keeps to syntax that old versions of Node can read, and
// imports nothing before the version check, so that they get a sentence instead of a stack trace.
const MINIMUM = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    'Forge Cascade needs Node.js ' +
      MINIMUM.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      '. See nodejs.org.',
  );
  process.exitCode = 1;
} else {
  import('./serve.mjs')
    .then((serve) => serve.installBuildAndServe(process.argv.slice(2)))
    .then((code) => process.exit(code));
}
