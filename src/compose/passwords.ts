import { type Secret, secret } from '../cluster/secret.ts'

interface Passwords {
  readonly password?: Secret
  readonly passphrase?: Secret
  readonly sudoPassword?: Secret
}

/** Environment variables that set passwords without a prompt. */
const variables: Readonly<Record<keyof Passwords, string>> = {
  password: 'KADM_SSH_PASSWORD',
  passphrase: 'KADM_SSH_KEY_PASSPHRASE',
  sudoPassword: 'KADM_SUDO_PASSWORD',
}

const taken: { -readonly [name in keyof Passwords]: Secret } = {}

/** Reads passwords from the environment. The first call removes the variables, so that no child process gets them. */
export function takePasswords(): Passwords {
  for (const [name, variable] of Object.entries(variables) as [keyof Passwords, string][]) {
    const value = process.env[variable]
    if (value !== undefined && value !== '') taken[name] = secret(value)
    delete process.env[variable]
  }
  return taken
}
