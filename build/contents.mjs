// What is inside an executable: its bill of materials and its licences, from esbuild's list of the files in the bundle.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = path => readFileSync(join(root, path), 'utf8')
const kadm = JSON.parse(read('package.json'))

/** The npm packages of which a bundle has files, by name. */
function packagesOf(metafile) {
  const directories = Object.keys(metafile.inputs).flatMap(
    path => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  )
  return [...new Set(directories)]
    .sort()
    .map(directory => ({ directory, ...JSON.parse(read(`${directory}/package.json`)) }))
}

/** CycloneDX 1.6 as JSON: kadm's packages, Node, and what Node itself is made of. No time of day, no random number. */
export function billOfMaterials(metafile, target) {
  const npm = packagesOf(metafile).map(({ name, version, license }) => ({
    ...component('library', name, version, license),
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  }))
  const { node, ...parts } = process.versions
  const inNode = Object.entries(parts).map(([name, version]) => component('library', `node/${name}`, version))
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: component('application', `kadm-${target}`, kadm.version, kadm.license) },
    components: [
      ...npm,
      { ...component('platform', 'node', node, 'MIT'), purl: `pkg:generic/node@${node}` },
      ...inNode,
    ],
  }
  return `${JSON.stringify(bill, null, 2)}\n`
}

function component(type, name, version, license) {
  const licenses = license === undefined ? {} : { licenses: [{ expression: license }] }
  return { type, 'bom-ref': `${name}@${version}`, name, version, ...licenses }
}

/** The texts of all licences: kadm's, those of its packages, and Node's, which names those of its own parts. */
export function licences(metafile, nodeLicence) {
  const texts = packagesOf(metafile).map(({ name, version, license, directory }) => {
    const file = readdirSync(join(root, directory)).find(entry => /^licen[cs]e/i.test(entry))
    return [
      `${name} ${version} (${license})`,
      file === undefined ? `Licence: ${license}` : read(`${directory}/${file}`),
    ]
  })
  const all = [['kadm', read('LICENSE')], ...texts, [`Node.js ${process.versions.node}`, nodeLicence]]
  const line = '-'.repeat(80)
  return all.map(([name, text]) => `${line}\n${name}\n${line}\n\n${text.trim()}\n`).join('\n')
}
