import type { DoctorReport, DoctorStep, DoctorStepKey, RegistryLogin } from '../../main/api/registries.ts'
import { kindName, kindOfRegistry } from '../../main/registry/kinds.ts'

type Given = Pick<DoctorStep, 'key' | 'state' | 'found'> & Partial<DoctorStep>

/** Where a run goes wrong; the repository's name asks for it: `ghcr.io/demo/denied`. */
const trouble: readonly (readonly [RegExp, Given])[] = [
  [
    /badcert|selfsigned/,
    {
      key: 'tls',
      state: 'failed',
      found: 'The certificate is signed by an authority that this system does not know.',
      cause: 'The registry’s certificate comes from an authority of its own site, and its CA file is not named here.',
      fix: [
        'Ask whoever runs the registry for its CA file, or read what it sends:',
        '$ openssl s_client -connect badcert.example.org:443 -showcerts </dev/null',
        'Name the file in Settings → Registries, or with --ca-file.',
      ],
      error: {
        code: 'registry-tls',
        message: 'badcert.example.org: unable to verify the first certificate',
        details: { host: 'badcert.example.org:443', openssl: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      },
    },
  ],
  [
    /nologin/,
    {
      key: 'login',
      state: 'failed',
      found: 'The registry refused the login of robot$ci (401).',
      cause: 'A robot account of Harbor has a name like robot$PROJECT+NAME, and a shell takes $PROJECT for a variable.',
      fix: ['Log in again, with the name in single quotes:', "$ strata login harbor.hpc.example.org -u 'robot$climate+ci'"],
      error: { code: 'registry-auth', message: 'UNAUTHORIZED: unauthorized to access repository', details: { status: 401 } },
    },
  ],
  [
    /denied/,
    {
      key: 'push',
      state: 'failed',
      found: 'The registry lets demo pull, but not push (403).',
      cause: 'The token has no write:packages, or the package belongs to a repository that has not granted it.',
      fix: [
        'Make a token with write:packages, then log in with it:',
        '$ strata login ghcr.io -u demo',
        'Or on the package’s page, “Manage Actions access”, add the repository with the role Write.',
      ],
      error: {
        code: 'registry-denied',
        message: 'DENIED: permission_denied: The token provided does not match expected scopes.',
        details: { status: 403, url: 'https://ghcr.io/v2/demo/denied/blobs/uploads/' },
      },
    },
  ],
  [
    /nodelete/,
    {
      key: 'delete',
      state: 'warning',
      found: 'The registry does not allow deletes (405): tags can be written over, not removed.',
      cause: 'Distribution allows deletes only where its configuration says so.',
      fix: ['To allow them, set this in the registry’s configuration:', '$ export REGISTRY_STORAGE_DELETE_ENABLED=true'],
    },
  ],
] // biome-ignore format: plain data

const order: readonly DoctorStepKey[] = [
  'name', 'proxy', 'connect', 'tls', 'api', 'login', 'token', 'pull', 'push', 'mount', 'delete',
] // biome-ignore format: a list

/** What a run finds, and the steps in the order in which they end. `login` is the one that is used. */
export function fakeReport(to: string, login: RegistryLogin | undefined, given: boolean): DoctorReport {
  const reference = to.replace(/^oci:\/\//, '')
  const host = reference.split('/')[0] ?? reference
  const wrong = trouble.find(([pattern]) => pattern.test(reference))?.[1]
  const who = given ? 'as typed here' : login ? `${login.username ?? 'a token'}, from ${login.source}` : 'anonymous'
  let failed = false
  const steps = order.map((key): DoctorStep => {
    const step: DoctorStep = failed
      ? { key, state: 'skipped', found: 'Not tried: a step before it failed.', milliseconds: 0, fix: [] }
      : { key, state: 'ok', found: good(key, host, who), milliseconds: took[key], fix: [], ...(wrong?.key === key && wrong) }
    failed ||= step.state === 'failed'
    return step
  }) // biome-ignore format: one thought
  const kind = kindOfRegistry(host)
  return {
    reference: `oci://${reference}`,
    kind,
    kindName: kindName(kind),
    login: who,
    steps,
    state: failed ? 'failed' : wrong ? 'warning' : 'ok',
    command: `strata doctor ${reference}`,
  }
}

const took: Readonly<Record<DoctorStepKey, number>> = {
  name: 11.6, proxy: 0.1, connect: 24.2, tls: 41.9, api: 88.4, login: 0.6, token: 161.3, pull: 73.2, push: 1204.7, mount: 95.5, delete: 61.8,
} // biome-ignore format: a table

function good(key: DoctorStepKey, host: string, who: string): string {
  const words: Readonly<Record<DoctorStepKey, string>> = {
    name: `${host} has 2 addresses: 140.82.121.34, 140.82.121.33`,
    proxy: 'None is set for it.',
    connect: '140.82.121.34 answers on port 443.',
    tls: `TLS 1.3; a certificate for ${host}, good until 5 February 2027`,
    api: 'The registry API v2 is there; it asks for a token.',
    login: who,
    token: `The token service of ${host} gave a token for pull and push, good for 5 minutes.`,
    pull: 'The repository can be read; it has 214 tags.',
    push: 'A throw-away upload was begun and cancelled.',
    mount: 'Blobs can be mounted from other repositories.',
    delete: 'Manifests can be deleted.',
  }
  return words[key]
}
