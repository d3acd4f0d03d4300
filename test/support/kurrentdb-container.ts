/** A real KurrentDB in Docker: one node, without TLS and users, as in `infra/compose.yaml`. It answers when this returns. */
export async function startKurrentDb(image: string): Promise<{ url: string; stop(): Promise<void> }> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const isWell = Wait.forHttp('/health/live', 2113).forStatusCodeMatching((status) => status >= 200 && status < 300)
  const container = await new GenericContainer(image)
    .withExposedPorts(2113)
    .withEnvironment({
      KURRENTDB_CLUSTER_SIZE: '1',
      KURRENTDB_INSECURE: 'true',
      KURRENTDB_NODE_PORT: '2113',
      KURRENTDB_RUN_PROJECTIONS: 'None',
    })
    .withWaitStrategy(isWell)
    .withStartupTimeout(120_000)
    .start()
  return {
    url: `kurrentdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`,
    stop: async () => void (await container.stop()),
  }
}
