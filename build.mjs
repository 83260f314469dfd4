// Bundles src/cli/main.ts and all it needs into dist/kadm.js, the one file that bin/kadm.js starts.
import { build } from 'esbuild'

await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/kadm.js',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  legalComments: 'linked',
  // Optional native speed-ups of ssh2: absent, its own JavaScript is used.
  external: ['cpu-features', '*.node'],
  // CommonJS packages inside an ES module: they look for these three.
  banner: {
    js: [
      "import { createRequire as kadmRequire } from 'node:module'",
      "import { dirname as kadmDirname } from 'node:path'",
      "import { fileURLToPath as kadmPath } from 'node:url'",
      'const require = kadmRequire(import.meta.url)',
      'const __filename = kadmPath(import.meta.url)',
      'const __dirname = kadmDirname(__filename)',
    ].join('\n'),
  },
  define: { KADM_VERSION: JSON.stringify(JSON.parse(await readPackage()).version) },
  logLevel: 'warning',
})

async function readPackage() {
  const { readFile } = await import('node:fs/promises')
  return readFile(new URL('package.json', import.meta.url), 'utf8')
}
