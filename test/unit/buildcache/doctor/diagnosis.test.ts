import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../../main/api/errors.ts'
import type { DoctorStepKey } from '../../../../main/api/registries.ts'
import { grantedActions } from '../../../../main/buildcache/doctor/access.ts'
import type { Diagnosis } from '../../../../main/buildcache/doctor/case.ts'
import { diagnose } from '../../../../main/buildcache/doctor/diagnosis.ts'
import { nameFault } from '../../../../main/buildcache/doctor/names.ts'
import { type Reason, reasons } from '../../../../main/registry/failure.ts'
import { kindOfRegistry, registryPresets } from '../../../../main/registry/kinds.ts'
import { parseReference, type RegistryReference } from '../../../../main/registry/reference.ts'
import { StrataError } from '../../../../main/support/errors.ts'

interface Failure {
  readonly reason?: Reason
  readonly code?: ErrorCode
  readonly step?: DoctorStepKey
  readonly loggedIn?: boolean
}

function referenceOf(text: string): RegistryReference {
  const reference = parseReference(text)
  if (reference.kind === 'layout') throw new Error('a registry is meant')
  return reference
}

/** What the doctor says of a failure in a repository. */
function said(to: string, { reason, code = 'registry-denied', step = 'push', loggedIn = true }: Failure): Diagnosis {
  const reference = referenceOf(to)
  const error = new StrataError(code, 'it failed', { details: reason === undefined ? {} : { reason } })
  const kind = kindOfRegistry(reference.registry)
  return diagnose({ error, reference, kind, step, loggedIn, scheme: reference.scheme, now: 0 })
}

const ecr = '123456789012.dkr.ecr.eu-central-1.amazonaws.com'

describe('the cause and the fix at', () => {
  it.each<[string, string, Failure, RegExp, RegExp]>([
    [
      'GHCR: no right to write',
      'ghcr.io/me/cache',
      { reason: 'denied' },
      /lacks write:packages.*not linked/,
      /packages: write/,
    ],
    [
      'GHCR: a token that is refused',
      'ghcr.io/me/cache',
      { reason: 'login-refused' },
      /write:packages/,
      /token.*\(classic\)/,
    ],
    ['GHCR: a dead token', 'ghcr.io/me/cache', { reason: 'login-refused', step: 'token' }, /fine-grained/, /SSO/],
    [
      'Docker Hub: the rate of everyone',
      'docker.io/me/cache',
      { reason: 'rate-limited', loggedIn: false },
      /all of your network share/,
      /\$ strata login docker\.io/,
    ],
    [
      'Docker Hub: two factors',
      'docker.io/me/cache',
      { reason: 'login-refused', step: 'token' },
      /access tokens only/,
      /personal-access-tokens/,
    ],
    [
      'Docker Hub: another’s name',
      'docker.io/you/cache',
      { reason: 'insufficient-scope' },
      /another user’s|Read alone/,
      /docker\.io\/USER/,
    ],
    [
      'GitLab: a deploy token’s scopes',
      'registry.gitlab.com/g/p/c',
      { reason: 'denied' },
      /write_registry/,
      /read_registry and write_registry/,
    ],
    [
      'GitLab: no registry in the project',
      'registry.gitlab.com/g/p',
      { reason: 'name-unknown' },
      /switched off/,
      /Container registry/,
    ],
    [
      'ECR: no repository',
      `${ecr}/lab/cache`,
      { reason: 'name-unknown' },
      /has to exist/,
      /\$ aws ecr create-repository --region eu-central-1 --repository-name lab\/cache/,
    ],
    [
      'ECR: after twelve hours',
      `${ecr}/cache`,
      { reason: 'login-refused', step: 'token' },
      /12 hours/,
      /docker-credential-ecr-login/,
    ],
    [
      'ACR: no login',
      'lab.azurecr.io/cache',
      { reason: 'login-missing', loggedIn: false },
      /without a login/,
      /\$ az acr login --name lab/,
    ],
    [
      'ACR: the admin user',
      'lab.azurecr.io/cache',
      { reason: 'login-refused', step: 'token' },
      /admin user is off/,
      /az acr token create/,
    ],
    [
      'Google: no repository',
      'europe-west3-docker.pkg.dev/p/r/c',
      { reason: 'name-unknown' },
      /has to exist/,
      /\$ gcloud artifacts repositories create r --project=p .*--location=europe-west3/,
    ],
    [
      'Google: an old token',
      'europe-west3-docker.pkg.dev/p/r/c',
      { reason: 'login-refused', step: 'token' },
      /after an hour/,
      /_json_key/,
    ],
    [
      'Harbor: a robot’s name',
      'harbor.example.org/lab/c',
      { reason: 'login-refused', step: 'token' },
      /\$ in it, which a shell takes out/,
      /--username 'robot\$lab\+NAME'/,
    ],
    [
      'Harbor: no project',
      'harbor.example.org/lab/c',
      { reason: 'denied' },
      /no such project/,
      /Create the project lab/,
    ],
    [
      'Harbor: the quota',
      'harbor.example.org/lab/c',
      { reason: 'no-space', code: 'registry-out-of-space' },
      /quota of project lab/,
      /Project Quotas/,
    ],
    [
      'Quay: a robot’s name',
      'quay.io/lab/c',
      { reason: 'login-refused', step: 'token' },
      /NAMESPACE\+ROBOT/,
      /--username lab\+ROBOT/,
    ],
    [
      'Quay: a robot’s rights',
      'quay.io/lab/c',
      { reason: 'insufficient-scope' },
      /no write permission/,
      /make it public/,
    ],
    [
      'Artifactory: no key in the path',
      'lab.jfrog.io/x/c',
      { reason: 'not-found' },
      /first part of the path, or a sub-domain/,
      /REPOSITORY-KEY\.lab\.jfrog\.io/,
    ],
    [
      'Distribution: htpasswd',
      'localhost:5000/c',
      { reason: 'login-refused', step: 'token' },
      /bcrypt/,
      /\$ htpasswd -B/,
    ],
    ['Distribution: a mirror', 'localhost:5000/c', { reason: 'unsupported' }, /pull-through cache/, /another registry/],
  ])('%s', (_, to, failure, cause, fix) => {
    const diagnosis = said(to, failure)
    expect(diagnosis.cause).toMatch(cause)
    expect(diagnosis.fix.join('\n')).toMatch(fix)
  })
})

describe('every reason at every kind of registry', () => {
  it('has a cause in one sentence and a fix, whose commands stand alone in their lines', () => {
    for (const { host, repository } of registryPresets) {
      for (const reason of reasons) {
        for (const loggedIn of [true, false]) {
          const { cause, fix } = said(`oci://${host}/${repository}`, { reason, loggedIn })
          expect(cause).toMatch(/^[A-Z].*\.$/)
          expect(fix.length).toBeGreaterThan(0)
          for (const line of fix) expect(line).not.toMatch(/undefined|\n|[^'{]\$ [a-z]/)
        }
      }
    }
  })

  it('says that it does not know what it does not know', () => {
    expect(said('localhost:5000/c', { code: 'internal' }).cause).toContain('none of the things')
  })
})

describe('names', () => {
  it.each([
    ['docker.io/me/cache', undefined],
    ['docker.io/me/a/b', 'For example docker.io/me/a-b.'],
    ['ubuntu', 'Name your own: docker.io/USER/ubuntu.'],
    ['ghcr.io/cache', 'Write ghcr.io/OWNER/NAME.'],
    ['gcr.io/project/cache', undefined],
    ['europe-west3-docker.pkg.dev/project/cache', 'Write europe-west3-docker.pkg.dev/PROJECT/REPOSITORY/NAME.'],
    [`${ecr}/cache`, undefined],
    ['localhost:5000/cache', undefined],
  ])('%s: %s', (text, hint) => {
    const reference = referenceOf(text)
    expect(nameFault(kindOfRegistry(reference.registry), reference)?.hint).toBe(hint)
  })
})

describe('what a token grants', () => {
  const token = (payload: unknown): string =>
    `Bearer e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`

  it('is read from its access claim', () => {
    const access = [
      { type: 'repository', name: 'me/cache', actions: ['pull', 'push'] },
      { type: 'repository', name: 'me/other', actions: ['delete'] },
    ]
    expect(grantedActions(token({ access }), 'me/cache')).toEqual(['pull', 'push'])
    expect(grantedActions(token({ access: [] }), 'me/cache')).toEqual([])
  })

  it.each(['Bearer opaque', 'Bearer a.b.c', token({}), token({ access: 'all' }), 'Basic bWU6aWQ='])(
    'is unknown of %s',
    (authorization) => {
      expect(grantedActions(authorization, 'me/cache')).toBeUndefined()
    },
  )

  it('is nothing where the claim makes no sense', () => {
    expect(grantedActions(token({ access: [null, 1, { name: 'me/cache' }] }), 'me/cache')).toEqual([])
  })
})
