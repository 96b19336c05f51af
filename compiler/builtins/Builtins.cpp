// All that a script can call without declaring it.
#include "compiler/builtins/Builtins.h"
#include "compiler/builtins/Taking.h"

namespace tl {

const BuiltinTable &builtins() {
  static const BuiltinTable table = [] {
    BuiltinTable made;
    addElementwise(made);
    addReductions(made);
    addFitted(made);
    addLayout(made);
    addOrder(made);
    addPlaces(made);
    addTokens(made);
    addDecoding(made);
    addScan(made);
    addOverall(made);
    addPublished(made);
    addSubwords(made);
    addPictures(made);
    addStarts(made);
    return made;
  }();
  return table;
}

} // namespace tl
