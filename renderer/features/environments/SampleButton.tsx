import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconFlask } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { navigate } from '../../app/use-route.ts'
import { errorBody } from '../../client.ts'
import { keys, useClient } from '../../engine.ts'
import { usePushDrafts } from '../push/drafts.ts'

/** Unpacks the sample and opens it, its push already pointed at the sample's own folder registry. */
export function SampleButton({ variant }: { readonly variant: 'filled' | 'default' | 'subtle' }) {
  const client = useClient()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  async function open(): Promise<void> {
    setBusy(true)
    try {
      const sample = await client.call('workspace.sample', {})
      usePushDrafts.getState().change(sample.ref, { to: sample.target, tag: 'sample' })
      await queries.invalidateQueries({ queryKey: keys.workspace })
      navigate({ screen: 'environments', ref: sample.ref, view: 'table' })
    } catch (error) {
      notifications.show({ color: 'red', title: 'The sample could not be opened', message: errorBody(error).message })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button
      variant={variant}
      color={variant === 'subtle' ? 'gray' : undefined}
      leftSection={<IconFlask size={16} />}
      loading={busy}
      onClick={() => void open()}
    >
      Try the sample
    </Button>
  )
}
