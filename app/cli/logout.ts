import { withEngine } from './session.ts'

/** `strata logout`: drops the login that Strata keeps. What docker and podman keep is theirs, and is said to be there. */
export async function logout(scope: string, options: { readonly json?: boolean }): Promise<void> {
  await withEngine(async (engine) => {
    const { removed } = await engine.call('registry.logout', { scope })
    if (options.json) {
      console.log(JSON.stringify({ removed }))
      return
    }
    console.log(removed ? `Logged out of ${scope}` : `Strata keeps no login for ${scope}`)
    const { logins } = await engine.call('registry.whoami', { to: scope })
    const next = logins.find((one) => one.problem === undefined)
    if (next) console.log(`The login from ${next.source} is used there${removed ? ' now' : ''}.`)
  })
}
