import { userInfo } from 'node:os'
import { sshConnector } from '../src/host/connect-host.ts'

/** A separate process that runs `true` on each named host, as `kadm` would: `node many-hosts.cjs SPEC…`. */
const { connect } = sshConnector({ home: process.env.HOME ?? '', user: userInfo().username, env: process.env })
void Promise.all(
  process.argv.slice(2).map(async spec => {
    const host = await connect(spec)
    await host.exec(['true'])
    await host.close()
  }),
)
