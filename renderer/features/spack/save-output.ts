import type { Client } from '../../client.ts'
import { plainText } from './sgr.ts'
import { readOutput } from './use-output.ts'

/** Characters that a clipboard takes without a word of complaint; more is saved. */
const copiedAtMost = 16 * 1024 * 1024

/** All that a run has printed, without colours. Undefined when it is longer than can be copied. */
export async function outputToCopy(client: Client, job: string): Promise<string | undefined> {
  const parts = await plainParts(client, job, copiedAtMost)
  return parts?.join('')
}

/** Hands the browser all that a run has printed as a text file. */
export async function saveOutput(client: Client, job: string, name: string): Promise<void> {
  const parts = (await plainParts(client, job, Number.POSITIVE_INFINITY)) ?? []
  const address = URL.createObjectURL(new Blob([...parts], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

async function plainParts(client: Client, job: string, most: number): Promise<readonly string[] | undefined> {
  const parts: string[] = []
  let length = 0
  await readOutput(client, { job }, ({ lines }) => {
    const text = lines.map((line) => `${plainText(line.text)}\n`).join('')
    parts.push(text)
    length += text.length
    return length <= most
  })
  return length <= most ? parts : undefined
}
