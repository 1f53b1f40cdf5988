export async function run(): Promise<undefined> {}
