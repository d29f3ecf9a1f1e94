export const items = {
  title: 'Items',
  lead: 'The smallest thing the service knows, shown in every way a page can show it. Here it was fetched on the server.',
  onClient: 'Fetched in the browser, by a generated hook.',
  toClient: 'The same, fetched in the browser',
  toServer: 'The same, fetched on the server',
  empty: 'There are no items yet.',
  loading: 'Loading the items',
  name: 'Name',
  nameTaken: 'There is an item with this name already.',
  add: 'Add an item',
  added: (name: string) => `${name} is there.`,
};
