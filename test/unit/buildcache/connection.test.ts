import { describe, expect, it } from 'vitest'
import { connect } from '../../../main/buildcache/connection.ts'

const host = { env: {}, home: '/nowhere' }
const open = (to: string) => connect({ to, caFiles: [], insecure: false }, undefined, host)

describe('where to push', () => {
  it('does not take a mistyped mirror for an image of Docker Hub', async () => {
    await expect(open('lab')).rejects.toMatchObject({
      code: 'usage',
      message: 'there is no mirror "lab"',
      hint: expect.stringContaining('oci://host/name'),
    })
  })

  it('refuses a reference that names one image', async () => {
    await expect(open('oci://ghcr.io/me/cache:latest')).rejects.toMatchObject({
      code: 'reference-invalid',
      hint: expect.stringContaining('--tag'),
    })
  })

  it('lists the logins of the target; STRATA_* is for the target alone', async () => {
    const env = { STRATA_USERNAME: 'me', STRATA_PASSWORD: 'for-the-target' }
    const connection = await connect({ to: 'oci://ghcr.io/me/cache', caFiles: [], insecure: false }, undefined, {
      ...host,
      env,
    })
    expect(await connection.logins()).toMatchObject([{ username: 'me', origin: 'environment' }])
    await connection.close()
    expect(await (await open('oci://ghcr.io/me/cache')).logins()).toEqual([])
  })
})
