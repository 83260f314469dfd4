import type { Phase } from '../phase.ts'
import { judgeUser, privilegedUser } from './machine.ts'
import { settle } from './run-checks.ts'

/** A reset only requires root. */
export const resetPreflight: Phase = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  about:
    'Checks that the login user is root. The question whether to proceed comes before it, and is left out together with it.',
  asks: true,
  flags: ['force', 'ignore-preflight-errors'],
  needs: ['criSocket', 'name', 'advertiseAddress'],
  async run(ctx) {
    const { stdout } = await ctx.host.query(['id', '-u'])
    settle(ctx, [{ check: privilegedUser.name, findings: judgeUser(Number.parseInt(stdout, 10)) }])
  },
}
