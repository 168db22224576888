import { abortable } from '../../registry/abortable.ts'
import { parseChallenges } from '../../registry/challenge.ts'
import { reasonOf } from '../../registry/failure.ts'
import { kindName, kindOfRegistry } from '../../registry/kinds.ts'
import { parseObject } from '../../registry/media-types.ts'
import { proxyFor } from '../../registry/proxy.ts'
import { StrataError } from '../../support/errors.ts'
import { describeLogin } from './describe-login.ts'
import { type Examination, type Outcome, ok, warning } from './examination.ts'
import { handshake } from './probes.ts'

/** Milliseconds that two clocks may differ: the shortest-lived tokens live for a minute. */
const clockSlack = 60_000

/** `/v2/`: whether it is a registry, of which kind, and what it wants to know of us. */
export async function checkApi(examination: Examination, signal: AbortSignal): Promise<Outcome> {
  const { transport, reference, now } = examination
  const asked = now()
  const answer = await transport.greet(signal).catch(async (thrown: unknown) => {
    throw (await speaksTls(examination, thrown, signal)) ?? thrown
  })
  examination.greeting = answer
  examination.kind = kindOfRegistry(reference.registry, answer)
  const version = answer.header('docker-distribution-api-version')
  const found = [
    examination.kind === 'distribution' ? 'a registry' : kindName(examination.kind),
    ...(version === undefined ? [] : [version]),
    answer.status === 401 ? 'asks who we are' : 'open to anyone',
  ].join(', ')
  if (answer.url.origin !== transport.host.origin.origin) {
    const cause = `The registry has moved to ${answer.url.host}: it redirects, and a push follows no redirect.`
    return warning(`${found}; answered by ${answer.url.host}`, cause, [`Write ${answer.url.host} in the reference.`])
  }
  const skew = clockDifference(answer.header('date'), (asked + now()) / 2)
  if (Math.abs(skew) <= clockSlack) return ok(found)
  const ahead = `the registry's clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} ours`
  return warning(
    `${found}; ${ahead}`,
    'The clocks differ. Tokens then end too early or are not good yet, and certificates look expired.',
    ['Set the clock of the machine that is wrong.', '$ timedatectl set-ntp true'],
  )
}

/** The error of a port that was asked with plain http and speaks TLS: some say so, others just hang up. */
async function speaksTls(
  { transport, reference, env }: Examination,
  thrown: unknown,
  signal: AbortSignal,
): Promise<StrataError | undefined> {
  const reason = reasonOf(thrown)
  if (reference.scheme === 'https' || !(reason === 'cut' || reason === 'not-http' || reason === 'no-registry')) return
  const shaken = await handshake(transport.host, proxyFor(transport.host.origin, env), signal).catch(() => undefined)
  if (!shaken) return undefined
  return new StrataError('registry-not-a-registry', `${reference.registry}: first contact: this port speaks TLS`, {
    details: { reason: 'speaks-tls' },
    cause: thrown,
  })
}

/** Milliseconds that a `Date` header is ahead of our clock; 0 when it says nothing. */
function clockDifference(date: string | undefined, ours: number): number {
  const theirs = Date.parse(date ?? '')
  return Number.isNaN(theirs) ? 0 : theirs - ours
}

/** The login: which is used, where it comes from, and which are passed over. */
export async function checkLogin(examination: Examination, signal: AbortSignal): Promise<Outcome> {
  const logins = await abortable(examination.connection.logins(), signal)
  const usable = logins.filter((one) => one.problem === undefined)
  const [used, ...others] = usable
  examination.loggedIn = used !== undefined
  examination.login = used && describeLogin(used)
  const passedOver = others.length === 0 ? '' : `; passed over: ${others.map(describeLogin).join('; ')}`
  const found = used ? `${describeLogin(used)}${passedOver}` : 'anonymous: no login was found'
  const broken = logins.filter((one) => one.problem !== undefined)
  if (broken.length === 0) return ok(found)
  const cause = broken.map((one) => `${one.source}: ${one.problem ?? ''}`).join('; ')
  return warning(found, `A login cannot be read: ${cause}.`, [`$ strata login ${examination.reference.registry}`])
}

/** The token: whether the login is taken, by whom, and what it allows. Only reading is asked for here. */
export async function checkToken(
  { transport, reference, greeting }: Examination,
  signal: AbortSignal,
): Promise<Outcome> {
  const { repository } = reference
  const challenges = parseChallenges(greeting?.header('www-authenticate') ?? '')
  const authorization = await transport.authorization({ repository, actions: 'pull' }, signal)
  if (authorization === undefined) return ok('none: the registry asks for no login')
  if (authorization.startsWith('Basic ')) return ok('Basic: name and password are accepted')
  const { realm = '', service } = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters ?? {}
  const from = URL.canParse(realm) ? new URL(realm).host : 'the login itself'
  const granted = grantedActions(authorization, repository)
  const token = transport.token(authorization)
  const found = [
    `Bearer from ${from}`,
    ...(service === undefined ? [] : [`service ${service}`]),
    ...(token === undefined
      ? []
      : [token.life === undefined ? 'does not say how long it is good' : `good for ${token.life} s`]),
    ...(granted === undefined ? [] : [granted.length === 0 ? 'grants nothing here' : `grants ${granted.join(', ')}`]),
  ].join(', ')
  if (granted?.length === 0)
    return warning(found, 'The token server knows the login, but not of any right on this repository.', [
      'Check that the repository exists and that this account may read it.',
    ])
  if (token === undefined || token.life !== undefined) return ok(found)
  return warning(
    found,
    'The token server does not say how long its tokens are good; by the specification that is a minute.',
    ['Nothing has to be done: a new one is fetched every minute.', 'Operator: have it send expires_in.'],
  )
}

/**
 * What a token allows in a repository, when it says so: distribution's JSON Web Tokens carry `access` (its "Token
 * Authentication Implementation"); most others cannot be looked into.
 */
export function grantedActions(authorization: string, repository: string): readonly string[] | undefined {
  const payload = authorization.replace(/^Bearer /, '').split('.')[1]
  const access = parseObject(Buffer.from(payload ?? '', 'base64url'))?.access
  if (!Array.isArray(access)) return undefined
  return access.flatMap((entry: { readonly name?: unknown; readonly actions?: unknown } | null) =>
    entry?.name === repository && Array.isArray(entry.actions) ? entry.actions.map(String) : [],
  )
}
