import { releases } from '../cluster/releases.ts'

declare const KADM_VERSION: string | undefined

/** kadm's own version: from package.json, put in by the build. */
export const kadmVersion = typeof KADM_VERSION === 'string' ? KADM_VERSION : '0.0.0-dev'

/** What `kadm version` tells. */
export function versionInfo() {
  return {
    kadm: kadmVersion,
    kubernetes: releases.filter(release => release.deploys).map(release => release.newest),
    node: process.version,
    platform: `${process.platform}/${process.arch}`,
  }
}
