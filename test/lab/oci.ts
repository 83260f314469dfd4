import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { exec } from './exec.ts'
import { goArch } from './host.ts'

/** An image to make: its name with tag, its layers' directories bottom first, and what it runs by default. */
export interface ImageSpec {
  name: string
  layers: readonly string[]
  entrypoint?: readonly string[]
}

interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Writes an OCI archive of the images; layers that images share are stored once. `workDir` is used for the parts. */
export async function writeOciArchive(images: readonly ImageSpec[], workDir: string, archive: string): Promise<void> {
  const root = join(workDir, 'oci')
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'blobs', 'sha256'), { recursive: true })
  const layers = new Map<string, Descriptor>()
  for (const dir of new Set(images.flatMap(image => image.layers))) layers.set(dir, await packLayer(dir, root))
  const manifests = images.map(image => {
    const parts = image.layers.map(dir => layers.get(dir) as Descriptor)
    const config = putJson(root, 'application/vnd.oci.image.config.v1+json', {
      architecture: goArch,
      os: 'linux',
      // The label distinguishes images with equal content: with equal digests they would count as one image.
      config: { Entrypoint: image.entrypoint ?? null, Env: [`PATH=${path}`], Labels: { 'lab.image': image.name } },
      rootfs: { type: 'layers', diff_ids: parts.map(part => part.digest) },
      history: [],
    })
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const manifest = putJson(root, mediaType, { schemaVersion: 2, mediaType, config, layers: parts })
    const tag = image.name.slice(image.name.lastIndexOf(':') + 1)
    return {
      ...manifest,
      platform: { architecture: goArch, os: 'linux' },
      annotations: { 'io.containerd.image.name': image.name, 'org.opencontainers.image.ref.name': tag },
    }
  })
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  writeFileSync(join(root, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  writeFileSync(join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await exec('tar', ['-cf', archive, '-C', root, 'oci-layout', 'index.json', 'blobs'])
}

async function packLayer(dir: string, root: string): Promise<Descriptor> {
  const temp = join(root, 'layer.tar')
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  await exec('tar', ['-cf', temp, ...same, '-C', dir, '.'])
  const hash = createHash('sha256')
  await pipeline(createReadStream(temp), hash)
  const digest = hash.digest('hex')
  const size = statSync(temp).size
  renameSync(temp, join(root, 'blobs', 'sha256', digest))
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${digest}`, size }
}

function putJson(root: string, mediaType: string, value: unknown): Descriptor {
  const bytes = Buffer.from(JSON.stringify(value))
  const digest = createHash('sha256').update(bytes).digest('hex')
  const file = join(root, 'blobs', 'sha256', digest)
  if (!existsSync(file)) writeFileSync(file, bytes)
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length }
}
