import { Readable } from 'node:stream'
import type { RegistryTest } from '../api/models.ts'
import { digestOf } from '../registry/digest.ts'
import { formatReference } from '../registry/reference.ts'
import { toErrorBody } from '../support/errors.ts'
import type { Connection } from './connection.ts'

/** An empty JSON object: the config of every index of a build cache, so that nothing strange is left behind. */
const THROW_AWAY = Buffer.from('{}')

/** Tries to read and to write with the login there is: lists the tags, then uploads a blob of two bytes. */
export async function testRegistry({ target, credentialSource }: Connection): Promise<RegistryTest> {
  const found = { reference: formatReference(target.reference), credentialSource: await credentialSource() }
  try {
    await target.tags()
  } catch (error) {
    return { ...found, canPull: false, canPush: false, problem: toErrorBody(error) }
  }
  try {
    const blob = { digest: digestOf(THROW_AWAY), size: THROW_AWAY.length }
    // A folder is not made for a test: that it can be written is seen when it is.
    if (target.reference.kind === 'registry') await target.putBlob(blob, () => Readable.from([THROW_AWAY]))
    return { ...found, canPull: true, canPush: true }
  } catch (error) {
    return { ...found, canPull: true, canPush: false, problem: toErrorBody(error) }
  }
}
