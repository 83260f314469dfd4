import type { LabNode } from '../lab/lab.ts'

/** Files below a directory by path with their content, without a filler of the lab. */
export async function filesBelow(node: LabNode, folder: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await node.run(`find ${folder} -type f ! -name .filler -exec sha256sum {} +`, { check: false })
  const lines = stdout.split('\n').filter(line => line !== '')
  return new Map(lines.map(line => [line.slice(66), line.slice(0, 64)]))
}

/** Truncated files of kadm: certificates and keys that OpenSSL cannot read, YAML without its end. */
export async function brokenFiles(node: LabNode, folder: string): Promise<readonly string[]> {
  const { stdout } = await node.run(['bash', '-c', brokenScript, 'bash', folder])
  return stdout.split('\n').filter(line => line !== '')
}

const brokenScript = `
find "$1" -type f ! -name .filler | while read -r file; do
  case $file in
    *.crt) openssl x509 -noout -in "$file" ;;
    *.key) openssl pkey -noout -in "$file" ;;
    *.pub) openssl pkey -pubin -noout -in "$file" ;;
    *.conf) kubectl --kubeconfig "$file" config view > /dev/null && grep -q 'client-key' "$file" ;;
    *.yaml) grep -q '^status: {}' "$file" ;;
    *) false ;;
  esac > /dev/null 2>&1 || echo "$file"
done`
