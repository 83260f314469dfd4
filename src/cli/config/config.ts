import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import type { JsonObject } from '../../cluster/json.ts'
import { connectTo } from '../../compose/machines.ts'
import { initDefaults, joinDefaults, resetDefaults, upgradeDefaults } from '../../config/default-documents.ts'
import type { ConfigFile } from '../../config/documents/open-drafts.ts'
import type { ComponentKind } from '../../config/kinds/component-configs.ts'
import { migrateFile } from '../../config/migrate-file.ts'
import { validateFile } from '../../config/validate-file.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { readInstalledKubelet } from '../../observe/machine/kubelet-version.ts'
import { initPhases, joinPhases, resetPhases } from '../../phases/pipelines.ts'
import { checkNames } from '../../phases/preflight/check-names.ts'
import { phaseJudge } from '../../pipeline/plan.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { presentResult } from '../../ui/present-result.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { printObjects } from '../output-objects.ts'
import { warn } from '../run/report.ts'
import { ownFile, writeOwn } from '../write-own.ts'

type Output = Pick<CommonOptions, 'output'>
export type DefaultsOf = 'init' | 'join' | 'reset' | 'upgrade'

const componentKinds: readonly ComponentKind[] = ['KubeProxyConfiguration', 'KubeletConfiguration']

/** `kadm config print init-defaults` and the other defaults: YAML, or JSON if requested. */
export async function runConfigPrint(
  of: DefaultsOf,
  { output, componentConfigs = [] }: Output & { readonly componentConfigs?: readonly string[] },
): Promise<number> {
  const documents = {
    init: () => initDefaults(componentConfigs.map(componentKind)),
    join: () => joinDefaults(hostname()),
    reset: resetDefaults,
    upgrade: upgradeDefaults,
  }
  process.stdout.write(printDocuments(documents[of](), output))
  return 0
}

function componentKind(text: string): ComponentKind {
  const kind = componentKinds.find(one => one === text)
  if (kind !== undefined) return kind
  const message = `--component-configs needs to contain some of [${componentKinds.join(' ')}]`
  throw new KadmError('USAGE', message, {
    hint: `write \`kadm config print init-defaults --component-configs ${componentKinds}\``,
  })
}

/** `kadm config validate` */
export async function runConfigValidate({ config, output }: Output & { readonly config?: string }): Promise<number> {
  const { kinds, warnings } = validateFile(readNeeded(config, '--config'), new Date(), {
    discoveryFiles: { exists: existsSync },
    checkNames,
    phases: {
      init: phaseJudge('init', initPhases),
      join: phaseJudge('join', joinPhases),
      reset: phaseJudge('reset', resetPhases),
    },
  })
  warn(warnings)
  process.stdout.write(presentResult({ valid: true, kinds, warnings }, output, () => 'ok\n'))
  return 0
}

export interface MigrateOptions extends CommonOptions {
  readonly oldConfig?: string
  readonly newConfig?: string
}

/** `kadm config migrate`: takes host-specific values from this host, or from the host of --host. */
export async function runConfigMigrate(options: MigrateOptions): Promise<number> {
  const file = readNeeded(options.oldConfig, '--old-config')
  const to = options.newConfig ? ownFile('--new-config', options.newConfig) : undefined
  const [spec, ...more] = options.host ?? []
  if (more.length > 0) throw new KadmError('USAGE', 'a configuration describes one host: give exactly one --host')
  const host = await connectTo(spec, options)
  try {
    const randomToken = () => newBootstrapToken().reveal()
    const here = spec === undefined ? { discoveryFiles: { exists: existsSync } } : {}
    const [facts, kubelet] = await Promise.all([readFacts(host), readInstalledKubelet(host)])
    const documents = migrateFile({ file, facts, kubelet, startedAt: new Date(), randomToken, ...here })
    const text = printDocuments(documents, options.output)
    if (to === undefined) process.stdout.write(text)
    else writeOwn(to, text)
    return 0
  } finally {
    await host.close()
  }
}

function printDocuments(documents: readonly JsonObject[], output: Output['output']): string {
  return printObjects(documents, output === 'json' ? 'json' : 'yaml')
}

function readNeeded(path: string | undefined, flag: string): ConfigFile {
  const { file } = readConfigFile(path, flag)
  if (file !== undefined) return file
  throw new KadmError('USAGE', `the ${flag} flag is mandatory`, { hint: `give a file with ${flag}; - reads stdin` })
}
