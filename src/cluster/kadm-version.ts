declare const KADM_VERSION: string | undefined

/** The version of kadm: the build inserts it from package.json. */
export const kadmVersion = typeof KADM_VERSION === 'string' ? KADM_VERSION : '0.0.0-dev'
