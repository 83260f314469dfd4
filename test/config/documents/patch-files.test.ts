import { describe, expect, it } from 'vitest'
import { openPatches } from '../../../src/config/documents/patch-files.ts'

const read = (files: Readonly<Record<string, string>>) =>
  openPatches('dir', () => Object.entries(files).map(([path, text]) => ({ path, read: () => text })))

describe('the name of a patch file', () => {
  it.each([
    ['etcd.yaml', 'etcd', 'strategic'],
    ['p/kube-apiserver+json.json', 'kube-apiserver', 'json'],
    ['kube-controller-manager10+merge.yaml', 'kube-controller-manager', 'merge'],
    ['kube-scheduler+strategic.yaml', 'kube-scheduler', 'strategic'],
    ['kubeletconfiguration-a.yaml', 'kubeletconfiguration', 'strategic'],
    ['corednsdeployment.json', 'corednsdeployment', 'strategic'],
    ['kubeproxydaemonset.yaml', 'kubeproxydaemonset', 'strategic'],
    ['etcdfoo.yaml', 'etcd', 'strategic'],
    // kubeadm searches for the type only before the first dot.
    ['etcd.old+json.yaml', 'etcd', 'strategic'],
  ])('the patch file %s patches %s with the type %s', (path, target, type) => {
    const body = type === 'json' ? [] : {}
    expect(read({ [path]: JSON.stringify(body) }).patches).toEqual([{ target, type, file: path, line: 1, body }])
  })

  it.each([
    ['etcd.yml', 'the file extension must be one of [json yaml]'],
    ['Etcd.yaml', 'unknown target, must be one of [etcd kube-apiserver kube-controller-manager'],
    ['README.md', 'the file extension must be one of [json yaml]'],
  ])('the file %s in a patch directory is ignored with a warning', (path, why) => {
    const found = openPatches('dir', () => [{ path, read: () => expect.unreachable('nobody reads it') }])
    expect(found).toEqual({ patches: [], problems: [], warnings: [expect.stringContaining(`"${path}": ${why}`)] })
  })

  it.each(['etcd+.yaml', 'etcd+xml.yaml', 'etcd0+JSON.yaml'])(
    'the patch file %s is rejected because of its type',
    path => {
      const message = "unknown or missing patch type after '+', must be one of [json merge strategic]"
      const remedy = 'name the file etcd+json.yaml, or without + for a strategic patch'
      expect(read({ [path]: '{}' }).problems).toEqual([{ file: path, message, remedy }])
    },
  )
})

describe('the text of a patch file', () => {
  it('a patch file can have several documents, and empty ones are ignored', () => {
    const { patches, warnings } = read({
      'etcd.yaml': '# note\n---\na: 1\n---\n---\n# nothing\n---\nb: 2\n',
      'etcd1.yaml': '',
    })
    expect(patches.map(({ line, body }) => ({ line, body }))).toEqual([
      { line: 3, body: { a: 1 } },
      { line: 8, body: { b: 2 } },
    ])
    expect(warnings).toEqual(['[patches] Ignoring empty file: "etcd1.yaml"'])
  })

  it('a patch file is read as YAML 1.1 without dates and times', () => {
    const text = 'mode: 0644\non: yes\ndate: 2026-01-02\nid: 0x1F\n'
    expect(read({ 'etcd.yaml': text }).patches[0]?.body).toEqual({ mode: 420, true: true, date: '2026-01-02', id: 31 })
  })

  it.each([
    ['etcd.yaml', 'a: [\n', 2, /a value is expected/],
    ['etcd.yaml', 'a: 1\na: 2\n', 2, /written twice/],
    ['etcd.yaml', 'just text\n', 1, /a patch of type strategic must be a mapping/],
    ['etcd+merge.yaml', 'a: 1\n---\n[1]\n', 3, /a patch of type merge must be a mapping/],
    ['etcd+json.json', '{"op": "add"}', 1, /a JSON patch is a list of operations/],
    ['etcd+json.yaml', '[add]', 1, /a JSON patch is a list of operations/],
  ])('a patch file is rejected with the line of the error: %s %j', (path, text, line, message) => {
    const [problem, ...others] = read({ [path]: text }).problems
    expect(problem).toMatchObject({ file: path, line, message: expect.stringMatching(message) })
    expect(problem?.remedy).toMatch(/./)
    expect(others).toEqual([])
  })

  it('openPatches reports all errors of all patch files', () => {
    expect(read({ 'etcd+.yaml': '', 'etcd.yaml': '[]', 'kube-scheduler+json.yaml': '{}' }).problems).toHaveLength(3)
  })
})

it('openPatches reads nothing without a directory', () => {
  expect(openPatches(undefined, undefined).patches).toEqual([])
})
