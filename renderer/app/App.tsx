import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Client } from '../client.ts'
import { ClientProvider, createQueryClient } from '../engine.ts'
import { cssVariables, theme } from '../ui/theme.ts'
import { Shell } from './Shell.tsx'

/** The whole window over a client. `nonce` is that of the page's content security policy, for the styles made here. */
export function App({ client, nonce }: { readonly client: Client; readonly nonce: string }) {
  const queries = useMemo(createQueryClient, [])
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <ClientProvider value={client}>
          <Shell />
          <Notifications position="bottom-right" autoClose={6000} />
        </ClientProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}
