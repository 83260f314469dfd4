import { certSpec } from '../../../pki/cert-table.ts'
import { kubeletClient, renewables } from '../../../pki/renewable.ts'
import type { RunReport } from '../../run/run-plan.ts'
import type { RenewAsked } from './parse.ts'

const outcomes = ['renewed', 'kept', 'missing', 'external'] as const

/** The result of `kadm certs renew`: what happened to each certificate of each host. */
export function renewResult(nodes: readonly string[], { values, changes, warnings, seconds }: RunReport) {
  return {
    nodes: nodes.map(node => {
      const own = values.filter(one => one.node === node)
      return { node, certificates: certificatesOf(own), ...effectOf(own) }
    }),
    changes,
    warnings,
    seconds,
  }
}

export type RenewResult = ReturnType<typeof renewResult>

function certificatesOf(values: RunReport['values']) {
  return [...renewables, kubeletClient].flatMap(({ name, longName, signedBy }) =>
    values.flatMap(({ key, value }) => {
      const [first, expires] = value.split(' ')
      const outcome = outcomes.find(one => one === key)
      if (first !== name || outcome === undefined) return []
      return [{ name, longName, ca: signedBy, outcome, ...(expires === undefined ? {} : { expires }) }]
    }),
  )
}

function effectOf(values: RunReport['values']) {
  return {
    refreshed: values.filter(({ key }) => key === 'refreshed').map(({ value }) => value),
    restarted: values.filter(({ key }) => key === 'restarted').map(({ value }) => value),
    /** True if all components use the certificates in their files; false if that was not checked. */
    inUse: values.some(({ key }) => key === 'inUse'),
  }
}

const mustRestart =
  'You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.'

/** Prints kubeadm's lines, below the name of the node if there are several, and what was restarted. */
export function renewText({ nodes }: RenewResult, { all }: Pick<RenewAsked, 'all'>): string {
  const sections = nodes.map(({ node, certificates, refreshed, restarted }) => {
    const after = [...refreshed.map(path => `${path} refreshed`), ...restarted.map(name => `${name} restarted`)]
    const lines = [...certificates.map(lineOf), ...after].map(line => `${line}\n`)
    return `${nodes.length > 1 ? `${node}:\n` : ''}${lines.join('')}`
  })
  const renewed = nodes.filter(({ certificates }) => certificates.some(({ outcome }) => outcome === 'renewed'))
  const end = renewed.every(({ inUse }) => inUse) ? 'All components use the certificates in their files.' : mustRestart
  return `${sections.join('\n')}${all && renewed.length > 0 ? `\nDone renewing certificates. ${end}\n` : ''}`
}

function lineOf({ longName, ca, outcome, expires = '' }: ReturnType<typeof certificatesOf>[number]): string {
  switch (outcome) {
    case 'renewed':
      return `${longName} renewed`
    case 'kept':
      return `${longName} kept: it expires on ${expires.slice(0, 10)}`
    case 'missing':
      return `MISSING! ${longName}`
    case 'external':
      return `Detected external ${certSpec(ca).base}, ${longName} can't be renewed`
  }
}
