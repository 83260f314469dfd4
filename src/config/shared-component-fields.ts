import type { FieldTable } from './field-table.ts'

const output: FieldTable = { splitStream: 'bool', infoBufferSize: 'quantity' }

/** Parts that kubelet and kube-proxy take from k8s.io/component-base and core/v1. */
export const loggingFields: FieldTable = {
  format: 'string',
  flushFrequency: 'logDuration',
  verbosity: 'int!',
  vmodule: [{ filePattern: 'string!', verbosity: 'int!' }],
  options: { text: output, json: output },
}

export const tracingFields: FieldTable = { endpoint: '*string', samplingRatePerMillion: '*int' }

export const clientConnectionFields: FieldTable = {
  kubeconfig: 'string!',
  acceptContentTypes: 'string!',
  contentType: 'string!',
  qps: 'float!',
  burst: 'int!',
}

export const taintFields: FieldTable = { key: 'string!', value: 'string', effect: 'string!', timeAdded: '*string' }
