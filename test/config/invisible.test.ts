import { describe, expect, it } from 'vitest'
import { validateFile } from '../../src/config/validate-file.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'

function problemsOf(text: string) {
  try {
    validateFile({ path: 'c.yaml', text }, new Date())
  } catch (error) {
    if (error instanceof KadmError) return error.problems ?? []
    throw error
  }
  return []
}

const head = 'apiVersion: kubeadm.k8s.io/v1beta4\n'

describe('invisible characters', () => {
  it.each([
    [
      'a no-break space behind a key',
      `${head}kind:\u00a0InitConfiguration\n`,
      2,
      /line 2 has a no-break space \(\\u00a0\) as its character 6/,
    ],
    [
      'a no-break space in a name',
      `${head}kind: InitConfiguration\ndry\u00a0Run: true\n`,
      3,
      /unknown field "dry\\u00a0Run"/,
    ],
    [
      'a zero-width space before a name',
      `${head}kind: InitConfiguration\n\u200bdryRun: true\n`,
      3,
      /unknown field "\\u200bdryRun"/,
    ],
    [
      'no-break spaces as indentation',
      `${head}kind: InitConfiguration\npatches:\n\u00a0\u00a0directory: /x\n`,
      4,
      /\\u00a0\\u00a0directory|no-break space/,
    ],
    [
      'a text direction mark in a value',
      `${head}kind: ClusterConfiguration\nkubernetesVersion: v1.37.2\u202e\n`,
      3,
      /\\u202e/,
    ],
  ])('an error makes an invisible character visible: %s', (_, text, line, message) => {
    expect(problemsOf(text)[0]).toMatchObject({ line, message: expect.stringMatching(message) })
  })
})
