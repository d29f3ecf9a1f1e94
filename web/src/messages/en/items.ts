export const items = {
  title: 'Items',
  lead: 'The example resource of the API, fetched on the server.',
  onClient: 'The example resource of the API, fetched in the browser.',
  toClient: 'Fetch items in the browser',
  toServer: 'Fetch items on the server',
  empty: 'No items yet.',
  loading: 'Loading items…',
  name: 'Name',
  nameTaken: 'An item with this name already exists.',
  add: 'Create item',
  added: (name: string) => `Created item “${name}”.`,
};
