// Main of the executable: runs the bundle with its code cache. Both are inside, and nothing is read from beside it.
const { getRawAsset } = require('node:sea')
const { Script } = require('node:vm')

/** Variables by which Node, OpenSSL and libuv load code or certificates, write files, or print what they send. */
const foreign = /^(?:NODE_|OPENSSL_|SSL_CERT_|UV_|NODE$|SSLKEYLOGFILE$|ICU_DATA$|WATCH_REPORT_DEPENDENCIES$)/

const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
if (own.length < Object.keys(process.env).length) {
  // Node read them before this line. The same process starts again without them.
  process.execve(process.execPath, [process.execPath, ...process.argv.slice(2)], Object.fromEntries(own))
}
const [source, cachedData] = ['bundle', 'cache'].map(name => Buffer.from(getRawAsset(name)))
const options = cachedData.length === 0 ? {} : { cachedData }
const bundle = new Script(source.toString('utf8'), { filename: 'kadm.cjs', ...options }).runInThisContext()
const main = { exports: {} }
bundle.call(main.exports, main.exports, require, main, process.execPath, '/')
