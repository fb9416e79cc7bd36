/** Different clients whose share of the logins is known; fewer than this many people use a rare one. */
const CLIENTS = 2_000;
/** What nobody uses any more is forgotten by halves. */
const FORGET_LOGINS = 50_000;
const RARE = { share: 0.05, logins: 50 } as const;

/** Client software with which people get in at a service. Plain data. */
export interface LoginClients {
  readonly logins: Map<string, number>;
  total: number;
}

export function newLoginClients(): LoginClients {
  return { logins: new Map(), total: 0 };
}

export function learnClient(clients: LoginClients, client: string): void {
  const { logins } = clients;
  const known = logins.get(client);
  if (known === undefined && logins.size >= CLIENTS) return;
  logins.set(client, (known ?? 0) + 1);
  if (++clients.total < FORGET_LOGINS) return;
  clients.total = 0;
  for (const [name, times] of logins) {
    const left = Math.floor(times / 2);
    if (left === 0) logins.delete(name);
    else logins.set(name, left);
    clients.total += left;
  }
}

/** Share of the logins that come with a client, one that was never seen included. */
export function usualShare(clients: Readonly<LoginClients>, client: string): number {
  return ((clients.logins.get(client) ?? 0) + 1) / (clients.total + CLIENTS / 10);
}

/** Whether few people use a client. */
export function isRare(clients: Readonly<LoginClients>, client: string): boolean {
  if (clients.total < RARE.logins) return false;
  return (clients.logins.get(client) ?? 0) < RARE.share * clients.total;
}
