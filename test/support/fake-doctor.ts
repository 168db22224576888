import type { DoctorReport, DoctorStep, DoctorStepKey, RegistryLogin } from '../../main/api/registries.ts'
import { kindName, kindOfRegistry } from '../../main/registry/kinds.ts'

type Trouble = Pick<DoctorStep, 'key' | 'state' | 'found' | 'cause' | 'fix' | 'error'>

/** What goes wrong in which repository: its name asks for it, as in `ghcr.io/demo/denied`. */
const troubles: readonly (readonly [RegExp, Trouble])[] = [
  [
    /badcert/,
    {
      key: 'tls',
      state: 'failed',
      found: 'harbor.hpc.example.org: its certificate is signed by an authority that is not known here',
      cause: 'The registry’s certificate comes from an authority of its own site, which this system does not trust.',
      fix: [
        'Get that authority’s certificate from whoever runs the registry, and name it as a CA file. To see what it sends:',
        '$ openssl s_client -connect harbor.hpc.example.org:443 -showcerts </dev/null',
      ],
      error: {
        code: 'registry-tls',
        message: 'harbor.hpc.example.org: its certificate is signed by an authority that is not known here',
        details: { host: 'harbor.hpc.example.org:443', reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      },
    },
  ],
  [
    /nologin/,
    {
      key: 'token',
      state: 'failed',
      found: 'harbor.hpc.example.org refused the login of robot$ci (401)',
      cause: 'A robot of a project is called robot$PROJECT+NAME, the whole of it; in a shell the $ needs quotes.',
      fix: ['Log in with the whole name:', "$ strata login harbor.hpc.example.org --username 'robot$climate+ci'"],
      error: {
        code: 'registry-auth',
        message: 'harbor.hpc.example.org refused the login of robot$ci (401)',
        details: { status: 401 },
      },
    },
  ],
  [
    /denied/,
    {
      key: 'push',
      state: 'failed',
      found: 'ghcr.io does not let demo push to demo/denied (403)',
      cause: 'The token has no write:packages, or the package has not granted it to the repository it is used in.',
      fix: [
        'Make a token with write:packages at https://github.com/settings/tokens/new?scopes=write:packages, then:',
        '$ strata login ghcr.io --username demo',
        'In Actions: on the package’s page under Manage Actions access, add the repository with the role Write.',
      ],
      error: {
        code: 'registry-denied',
        message: 'ghcr.io does not let demo push to demo/denied (403)',
        details: { status: 403, said: 'permission_denied: The token provided does not match expected scopes.' },
      },
    },
  ],
  [
    /nodelete/,
    {
      key: 'delete',
      state: 'warning',
      found: 'the registry does not allow deletes (405)',
      cause: 'Distribution deletes only where its configuration allows it. A push does not need it.',
      fix: ['In its config.yml under storage, or in its environment:', '$ export REGISTRY_STORAGE_DELETE_ENABLED=true'],
      error: undefined,
    },
  ],
]

/** What a registry without fault has to say, and in how many milliseconds. */
const healthy: readonly (readonly [key: DoctorStepKey, found: string, milliseconds: number])[] = [
  ['name', 'HOST is 140.82.121.34, 140.82.121.33', 11.6],
  ['proxy', 'none: HTTPS_PROXY is not set', 0.1],
  ['connect', 'connected to 140.82.121.34', 24.2],
  ['tls', 'TLSv1.3, certificate by Sectigo ECC Domain Validation, good until 2027-02-05', 41.9],
  ['api', 'HTTP 401 with a Bearer challenge: a registry', 88.4],
  ['login', 'LOGIN', 0.6],
  ['token', 'a token for pull and push, good for 5 minutes', 161.3],
  ['pull', '214 tags; tools was read, and its digests are right', 73.2],
  ['push', 'a trial upload was opened and cancelled', 1204.7],
  ['mount', 'a blob was mounted from demo/science', 95.5],
  ['delete', 'allowed', 61.8],
]

/** The report on one repository. `login` is the one that is used, unless one was `given`. */
export function fakeReport(to: string, login: RegistryLogin | undefined, given: boolean): DoctorReport {
  const reference = to.replace(/^oci:\/\//, '')
  const host = reference.split('/')[0] ?? reference
  const trouble = troubles.find(([pattern]) => pattern.test(reference))?.[1]
  const who = given ? 'as given' : login ? `${login.username ?? 'a token'}, from ${login.source}` : 'anonymous'
  let failed = false
  const steps = healthy.map(([key, words, milliseconds]): DoctorStep => {
    if (failed) return { key, state: 'skipped', found: 'something before it failed', milliseconds: 0, fix: [] }
    if (trouble?.key === key) {
      failed = trouble.state === 'failed'
      return { milliseconds, ...trouble }
    }
    const found = words.replace('HOST', host).replace('LOGIN', who)
    return { key, state: 'ok', found, milliseconds, fix: [] }
  })
  const kind = kindOfRegistry(host)
  return {
    reference: `oci://${reference}`,
    kind,
    kindName: kindName(kind),
    login: who,
    steps,
    state: failed ? 'failed' : trouble ? 'warning' : 'ok',
    command: `strata doctor ${reference}`,
  }
}
