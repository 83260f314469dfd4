import { createHash } from 'node:crypto'
import * as openpgp from 'openpgp'
import type { LabNode } from '../lab/lab.ts'

/** Where the repository of a minor is on a node. */
export const repositoryDir = (minor: string) => `/srv/packages/core:/stable:/${minor}/deb`

export const keyring = '/etc/apt/keyrings/kubernetes-apt-keyring.gpg'

/** The program of a test package, which prints its version as the kubelet does. */
export const program = (version: string) => `#!/bin/sh\necho "Kubernetes ${version}"\n`

/** Builds the packages of these versions on a node, from the programs in the directories `$2/vVERSION` if it is not empty. */
const buildScript = `set -e
cd "$1"; programs=$2; shift 2
for version; do
  for name in kubelet kubectl; do
    root=$(mktemp -d); mkdir -p "$root/DEBIAN" "$root/usr/bin"
    if [ -n "$programs" ]; then cp "$programs/v$version/$name" "$root/usr/bin/$name"
    else printf '#!/bin/sh\\necho "Kubernetes v%s"\\n' "$version" > "$root/usr/bin/$name"; fi
    chmod 755 "$root/usr/bin/$name" "$root"
    printf 'Package: %s\\nVersion: %s-1.1\\nArchitecture: all\\nMaintainer: test <test@example.com>\\nDescription: test\\n' "$name" "$version" > "$root/DEBIAN/control"
    dpkg-deb -Znone --build "$root" "./\${name}_$version.deb" > /dev/null
    rm -r "$root"
  done
done
for file in ./*.deb; do
  dpkg-deb -f "$file"
  printf 'Filename: %s\\nSize: %s\\nSHA256: %s\\n\\n' "$file" "$(stat -c %s "$file")" "$(sha256sum < "$file" | cut -d' ' -f1)"
done > Packages
cat Packages`

/** Creates signed repositories of Debian packages on a node, and installs their key. */
export class TestRepositories {
  readonly #node: LabNode
  readonly #key: openpgp.PrivateKey

  private constructor(node: LabNode, key: openpgp.PrivateKey) {
    this.#node = node
    this.#key = key
  }

  static async create(node: LabNode): Promise<TestRepositories> {
    const { privateKey, publicKey } = await openpgp.generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'test' }],
      format: 'object',
    })
    await node.writeFile(keyring, publicKey.write())
    return new TestRepositories(node, privateKey)
  }

  /** Creates the repository of a minor with the packages of these versions. `programs`: the directory of real ones. */
  async add(minor: string, versions: readonly string[], programs = ''): Promise<void> {
    const directory = repositoryDir(minor)
    await this.#node.run(['mkdir', '-p', directory])
    const { stdout } = await this.#node.run(['sh', '-c', buildScript, 'sh', directory, programs, ...versions])
    const sum = createHash('sha256').update(stdout).digest('hex')
    const text = [
      `Date: ${new Date().toUTCString()}`,
      'Architectures: all amd64',
      'SHA256:',
      ` ${sum} ${Buffer.byteLength(stdout)} Packages`,
      '',
    ].join('\n')
    const message = await openpgp.createCleartextMessage({ text })
    await this.#node.writeFile(`${directory}/InRelease`, await openpgp.sign({ message, signingKeys: this.#key }))
  }
}
