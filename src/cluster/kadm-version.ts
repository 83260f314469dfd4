declare const KADM_VERSION: string | undefined
declare const KADM_COMMIT: string | undefined

/** The version of kadm: the build inserts it from package.json. */
export const kadmVersion = typeof KADM_VERSION === 'string' ? KADM_VERSION : '0.0.0-dev'

/** The commit that the build was made from; `-dirty` is appended when files differ from it. */
export const kadmCommit = typeof KADM_COMMIT === 'string' ? KADM_COMMIT : 'unknown'
