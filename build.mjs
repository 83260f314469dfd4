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
  banner: {
    js: "import { createRequire as kadmCreateRequire } from 'node:module'; const require = kadmCreateRequire(import.meta.url);",
  },
  define: { KADM_VERSION: JSON.stringify(JSON.parse(await readPackage()).version) },
  logLevel: 'warning',
})

async function readPackage() {
  const { readFile } = await import('node:fs/promises')
  return readFile(new URL('package.json', import.meta.url), 'utf8')
}
