/** The page that sets up two-factor authentication, where the role of the account needs it. */
export const SET_UP_SECOND_FACTOR = '/account/two-factor';
