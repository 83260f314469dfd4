declare const KADM_VERSION: string | undefined

/** kadm's own version: from package.json, put in by the build. */
export const kadmVersion = typeof KADM_VERSION === 'string' ? KADM_VERSION : '0.0.0-dev'
