require('./express-routes.cjs').build(require('express4'));
