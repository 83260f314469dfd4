import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { component } from './components.ts'
import { exec } from './exec.ts'
import { echoImage, imageNames, layOutImages } from './images.ts'
import { withLock } from './lock.ts'
import { writeOciArchive } from './oci.ts'
import { cacheDir, labSource } from './paths.ts'
import { say, since } from './progress.ts'
import { type KubernetesVersion, nodeSoftware } from './versions.ts'

const contentStore = 'io.containerd.content.v1.content'
const snapshotter = 'io.containerd.snapshotter.v1.overlayfs'
const metadata = 'io.containerd.metadata.v1.bolt'

/**
 * Returns a containerd state directory into which all images were imported and unpacked. Creates it if the cache does
 * not have it for the images of these versions.
 */
export async function imageTemplate(versions: readonly KubernetesVersion[]): Promise<string> {
  const sources = ['images.ts', 'oci.ts', 'build/pause.c', 'build/echo/main.go'].map(file =>
    readFileSync(join(labSource, file)),
  )
  const hash = createHash('sha256').update([nodeSoftware.containerd, ...imageNames(versions), ...sources].join('\n'))
  const name = `images-${hash.digest('hex').slice(0, 12)}`
  const template = join(cacheDir, 'images', name)
  if (existsSync(template)) return template
  return withLock(name, async () => {
    if (existsSync(template)) return template
    const start = performance.now()
    const work = join(cacheDir, 'tmp', name)
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work, { recursive: true })
    const images = await layOutImages(work, versions)
    say(`making and importing ${images.length} images, ${echoImage} among them (usually 20 s)`)
    await writeOciArchive(images, work, join(work, 'images.tar'))
    await importArchive(join(work, 'images.tar'), work, join(work, 'store'), imageNames(versions))
    mkdirSync(join(cacheDir, 'images'), { recursive: true })
    await rename(join(work, 'store'), template)
    rmSync(work, { recursive: true, force: true })
    say(`image store is ready (${since(start)})`)
    return template
  })
}

/**
 * Copies the images to a node: blobs and unpacked layers are hard links, because nothing writes to them; only the small
 * databases are copied. Template and `dir` must be on one file system.
 */
export async function cloneImages(template: string, dir: string): Promise<void> {
  const script = `
    cp -al "$1/." "$2/"
    for database in ${metadata}/meta.db ${snapshotter}/metadata.db; do
      cp --remove-destination "$1/$database" "$2/$database"
    done`
  await exec('sh', ['-ec', script, 'sh', template, dir])
}

async function importArchive(archive: string, work: string, root: string, names: readonly string[]): Promise<void> {
  const binaries = await component('containerd', nodeSoftware.containerd)
  const [socket, state, config] = [join(work, 'c.sock'), join(work, 'state'), join(work, 'config.toml')]
  writeFileSync(config, "version = 3\ndisabled_plugins = ['io.containerd.grpc.v1.cri']\n")
  const daemon = spawn(
    join(binaries, 'containerd'),
    ['--config', config, '--root', root, '--state', state, '--address', socket, '--log-level', 'warn'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: `${binaries}:${process.env.PATH}` } },
  )
  let log = ''
  daemon.stderr.on('data', chunk => {
    log += chunk
  })
  try {
    const ctr = (...args: string[]) => exec(join(binaries, 'ctr'), ['-a', socket, '-n', 'k8s.io', ...args])
    for (let attempt = 0; ; attempt++) {
      if (daemon.exitCode !== null || attempt > 150)
        throw new Error(`containerd for the image import did not start:\n${log}`)
      if (
        existsSync(socket) &&
        (await ctr('version').then(
          () => true,
          () => false,
        ))
      )
        break
      await sleep(200)
    }
    await ctr('images', 'import', '--local', '--snapshotter', 'overlayfs', archive)
    const listed = (await ctr('images', 'list', '-q')).stdout.split('\n')
    const missing = names.filter(image => !listed.some(line => line === image || line.endsWith(`/${image}`)))
    if (missing.length > 0) throw new Error(`the image import left out ${missing.join(', ')}`)
  } finally {
    if (daemon.exitCode === null) {
      const ended = once(daemon, 'exit')
      daemon.kill('SIGTERM')
      await ended
    }
  }
  for (const folder of [contentStore, snapshotter, metadata])
    if (!existsSync(join(root, folder)))
      throw new Error(`containerd's store has no directory ${folder}: another layout than the lab knows`)
}
