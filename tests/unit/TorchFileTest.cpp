// Files of PyTorch are read as they are meant, nothing in them is executed, and what they say is not trusted.
#include "runtime/abi/ElementTypes.h"
#include "runtime/weights/WeightFile.h"
#include "tests/unit/Pickles.h"
#include "tests/unit/Temporary.h"
#include <cstring>

namespace tl::test {
using namespace weights;
using namespace pickles;

namespace {

std::string floats(const std::vector<float> &numbers) { return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(float)}; }

std::vector<float> valueOf(WeightFile &file, const std::string &name) {
  const TensorInfo *tensor = file.find(name);
  EXPECT_TRUE(tensor) << name;
  std::vector<float> numbers(tensor ? size_t(tensor->bytes) / sizeof(float) : 0);
  if (tensor)
    file.read(*tensor, reinterpret_cast<char *>(numbers.data()));
  return numbers;
}

const std::string six = floats({0, 1, 2, 3, 4, 5}), sixStored = storage("FloatStorage", "0", 6);

struct TorchFile : testing::Test {
  TemporaryFolder folder;
  std::string message(const std::string &bytes) const {
    folder.write("x.pt", bytes);
    return messageOf([&] { WeightFile file(folder / "x.pt"); });
  }
  std::string ofValue(const std::string &value) const { return message(archive(value, {{"0", six}})); }
  std::string ofTensor(const std::string &tensor) const { return ofValue(dict({{text("w"), tensor}})); }
};

} // namespace

TEST_F(TorchFile, bothFormsAreOneStateDict) {
  std::string weight = tensor(sixStored, 0, {2, 3}, {3, 1}), bias = tensor(sixStored, 4, {2}, {1}), scale = tensor(sixStored, 3, {}, {});
  std::string value = dict({{text("net.0.weight"), weight}, {text("net.0.bias"), bias}, {text("scale"), scale}});
  for (const std::string &bytes : {archive(value, {{"0", six}}), oldForm(value, {{"0", six, 6}})}) {
    folder.write("x.pt", bytes);
    WeightFile file(folder / "x.pt");
    ASSERT_EQ(file.tensors().size(), 3u);
    EXPECT_EQ(file.find("net.0.weight")->shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(file.find("net.0.weight")->dtype, "f32");
    EXPECT_EQ(valueOf(file, "net.0.weight"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(valueOf(file, "net.0.bias"), (std::vector<float>{4, 5}));
    EXPECT_EQ(valueOf(file, "scale"), (std::vector<float>{3}));
  }
}

TEST_F(TorchFile, viewsAreReadByTheirStrides) {
  std::string value = dict({{text("turned"), tensor(sixStored, 0, {3, 2}, {1, 3})},
                            {text("column"), tensor(sixStored, 1, {2}, {3})},
                            {text("cut"), tensor(sixStored, 1, {2, 2}, {3, 1})},
                            {text("none"), tensor(sixStored, 6, {0, 3}, {3, 1})},
                            {text("one"), tensor(sixStored, 2, {1, 3}, {77, 1})}});
  folder.write("x.pt", archive(value, {{"0", six}}));
  WeightFile file(folder / "x.pt");
  EXPECT_EQ(valueOf(file, "turned"), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(valueOf(file, "column"), (std::vector<float>{1, 4}));
  EXPECT_EQ(valueOf(file, "cut"), (std::vector<float>{1, 2, 4, 5}));
  EXPECT_EQ(valueOf(file, "none"), (std::vector<float>{}));
  EXPECT_EQ(valueOf(file, "one"), (std::vector<float>{2, 3, 4}));
}

TEST_F(TorchFile, tensorsOfNestedContainersTakeDottedNames) {
  std::string w = tensor(sixStored, 0, {2}, {1}), parameter = name("torch._utils", "_rebuild_parameter") + tuple({w, "\x88", ordered}) + "R";
  std::string withState = name("torch._utils", "_rebuild_parameter_with_state") + tuple({w, "\x88", ordered, dict({})}) + "R";
  std::string arguments = tuple({sixStored, whole(0), wholes({2}), wholes({1}), "\x89", ordered}), ofClass = name("torch._tensor", "_rebuild_from_type_v2");
  ofClass += tuple({name("torch._utils", "_rebuild_tensor_v2"), name("torch.nn.parameter", "Buffer"), arguments, "N"}) + "R";
  std::string stateDict = ordered + "(" + text("a.b") + parameter + text("c") + withState + text("d") + ofClass + "u";
  stateDict += dict({{text("_metadata"), ordered}}) + "b";
  std::string old = name("collections", "OrderedDict") + tuple({"](](" + text("x") + w + "ee"}) + "R"; // as Python 2 wrote them
  std::string beside = dict({{text("lr"), "G\x3f\xf0" + std::string(6, '\0')},
                             {text("epoch"), "K\3"},
                             {text("large"), "\x8a\x09" + std::string(9, '\1')},
                             {text("raw"), name("_codecs", "encode") + tuple({text("x"), text("latin1")}) + "R"},
                             {text("size"), name("torch", "Size") + tuple({wholes({1, 2})}) + "R"},
                             {tuple({whole(1)}), "N"}});
  std::string optimizer = dict({{whole(-3), "](" + w + "N" + w + "e"}, {text("b"), beside}});
  std::string all = dict({{text("state_dict"), stateDict}, {text("opt"), optimizer}, {text("t"), tuple({w})}, {text("old"), old}});
  folder.write("x.pt", archive(all, {{"0", six}}));
  WeightFile file(folder / "x.pt");
  std::string names;
  for (const TensorInfo *tensor : file.tensors())
    names += tensor->name + " ";
  EXPECT_EQ(names, "old.x opt.-3.0 opt.-3.2 state_dict.a.b state_dict.c state_dict.d t.0 ");
}

TEST_F(TorchFile, aTensorAloneHasTheNameOfItsFile) {
  folder.write("position.pt", archive(tensor(sixStored, 0, {6}, {1}), {{"0", six}}));
  WeightFile file(folder / "position.pt");
  EXPECT_EQ(valueOf(file, "position").size(), 6u);
}

TEST_F(TorchFile, typesAreThoseOfTheTable) {
  for (const FileElementType &type : fileElementTypes) {
    bool hasStorage = std::string(type.inTorch).ends_with("Storage");
    std::string untyped = storage("UntypedStorage", "0", 3 * type.bytes), numbers = whole(0) + wholes({3}) + wholes({1});
    std::string typed = name("torch._utils", "_rebuild_tensor_v3") + tuple({untyped, numbers, "\x89", ordered, name("torch", type.inTorch)}) + "R";
    std::string value = hasStorage ? tensor(storage(type.inTorch, "0", 3), 0, {3}, {1}) : typed;
    ASSERT_EQ(message(archive(value, {{"0", std::string(size_t(3 * type.bytes), '\1')}})), "") << type.name;
    WeightFile file(folder / "x.pt");
    EXPECT_EQ(file.find("x")->dtype, type.name);
    EXPECT_EQ(file.find("x")->bytes, 3 * type.bytes);
  }
}

TEST_F(TorchFile, partsOfOldStoragesAreFound) {
  std::string part = storage("FloatStorage", "0", 6, tuple({text("1"), whole(2), whole(3)}));
  std::string value = dict({{text("w"), tensor(part, 1, {2}, {1})}, {text("v"), tensor(storage("HalfStorage", "k", 2), 0, {2}, {1})}});
  folder.write("x.pt", oldForm(value, {{"k", "abcd", 2}, {"0", six, 6}}));
  WeightFile file(folder / "x.pt");
  EXPECT_EQ(valueOf(file, "w"), (std::vector<float>{3, 4}));
  EXPECT_TRUE(contains(message(oldForm(tensor(part, 1, {3}, {1}), {{"0", six, 6}})), "takes elements from 1 on, the last one 2 behind, of a storage of 3"));
}

/// Whatever a pickle would have Python do: its name is an error before anything is made of it.
TEST_F(TorchFile, whatIsNoTensorIsRefusedByName) {
  auto refusal = [&](const std::string &module, const std::string &what) { return ofValue(name(module, what) + tuple({text("rm -rf /")}) + "R"); };
  EXPECT_TRUE(contains(refusal("os", "system"), "`os.system` is no part of a file of weights, and nothing here is executed; save the weights alone, "
                                                "`torch.save(model.state_dict(), PATH)`"));
  EXPECT_TRUE(contains(refusal("torch.nn.modules.linear", "Linear"), "`torch.nn.modules.linear.Linear` is no part"));
  EXPECT_TRUE(contains(refusal("torch", "ComplexFloatStorage"), "`torch.ComplexFloatStorage` is no part"));
  EXPECT_TRUE(contains(refusal("torch", ""), "`torch.` is no part"));
  EXPECT_TRUE(contains(refusal("\1\xff", "x"), "`?` is no part"));
  EXPECT_TRUE(contains(ofValue(text("os") + text("system") + "\x93" + ")R"), "`os.system` is no part"));
  EXPECT_TRUE(contains(message(oldForm(name("os", "system") + ")R", {})), "`os.system` is no part"));
  EXPECT_TRUE(contains(ofValue("cos\n" + std::string(2000, 's')), "a name has more than 1000 bytes"));
  EXPECT_TRUE(contains(ofValue("(ios\nsystem\n"), "the opcode 105, which no file of weights needs"));
  EXPECT_TRUE(contains(ofValue(std::string("\x82\1")), "the opcode 130, which no file of weights needs"));
}

TEST_F(TorchFile, tensorsThatLieAreRefused) {
  EXPECT_EQ(ofTensor(tensor(sixStored, 0, {6}, {1})), "");
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 1, {6}, {1})), "tensor `w` takes elements from 1 on, the last one 5 behind, of a storage of 6"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {2, 3}, {4, 1})), "takes elements from 0 on, the last one 6 behind, of a storage of 6"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, -1, {2}, {1})), "takes elements from -1 on"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {5, 5}, {1, 0})), "has 25 elements and its storage 6: it repeats some; save a copy, `.contiguous()`"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {2, 3}, {1})), "has 2 dimensions and 1 strides"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, std::vector<int64_t>(17, 1), std::vector<int64_t>(17, 1))), "has 17 dimensions"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {-2}, {1})), "no whole numbers from 0 on"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {2}, {-1})), "no whole numbers from 0 on"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {1LL << 40, 1LL << 40}, {1, 1})), "is impossible"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {2, 2}, {1LL << 62, 1LL << 62})), "is impossible"));
  EXPECT_TRUE(contains(ofTensor(tensor(storage("FloatStorage", "0", 7), 0, {6}, {1})), "`m/data/0` has 24 bytes, its pickle speaks of 28"));
  EXPECT_TRUE(contains(ofTensor(tensor(storage("FloatStorage", "1", 6), 0, {6}, {1})), "lacks `m/data/1`, which its pickle speaks of"));
  EXPECT_TRUE(contains(ofTensor(tensor(storage("FloatStorage", "0", -6), 0, {6}, {1})), "a storage is not what PyTorch writes"));
  EXPECT_TRUE(contains(ofTensor(tensor(storage("UntypedStorage", "0", 24), 0, {6}, {1})), "a tensor has no type of elements"));
  EXPECT_TRUE(contains(ofTensor(tensor(sixStored, 0, {6}, {1}, dict({{text("neg"), "\x88"}}))), "a tensor is the negative of what is stored"));
  EXPECT_TRUE(contains(ofTensor(tensor("N", 0, {6}, {1})), "argument 0 of a tensor or storage is not what PyTorch writes"));
  EXPECT_TRUE(contains(ofTensor(tensor(storage("FloatStorage", "0", 6, tuple({text("1"), whole(4), whole(3)})), 0, {2}, {1})),
                       "a part of a storage is not within its 6 elements"));
  EXPECT_TRUE(contains(ofValue(dict({{text("a"), dict({{text("b"), tensor(sixStored, 0, {6}, {1})}})}, {text("a.b"), tensor(sixStored, 0, {6}, {1})}})),
                       "has two tensors of the name `a.b`"));
  EXPECT_TRUE(contains(ofValue(dict({{"N", tensor(sixStored, 0, {6}, {1})}})), "has a key that is neither a text nor a whole number"));
  EXPECT_TRUE(contains(ofValue(dict({{text("\xff"), tensor(sixStored, 0, {6}, {1})}})), "has a tensor whose name is no UTF-8"));
}

TEST_F(TorchFile, archivesThatLieAreRefused) {
  std::string value = tensor(sixStored, 0, {6}, {1});
  EXPECT_TRUE(contains(message(archive(value, {{"0", six}}, "big")), "numbers whose order of bytes is not `little`"));
  EXPECT_TRUE(contains(message(archive(value, {{"0", six}}, "little", 8)), "`m/data/0` is deflated, which `torch.save` does to nothing"));
  EXPECT_TRUE(contains(message(zipOf({{"m/data", "x"}})), "is a zip archive without `data.pkl`"));
}

TEST_F(TorchFile, oldFilesThatLieAreRefused) {
  std::string value = tensor(sixStored, 0, {6}, {1});
  EXPECT_EQ(message(oldForm(value, {{"0", six, 6}})), "");
  EXPECT_TRUE(contains(message(oldForm(value, {{"0", six, 6}}, "\x89")), "numbers whose order of bytes is not `little`"));
  EXPECT_TRUE(contains(message(oldForm(value, {{"0", six, 7}})), "has 7 elements, and 24 bytes follow; the pickle speaks of 6 in 24 bytes"));
  EXPECT_TRUE(contains(message(oldForm(value, {{"0", six.substr(1), 6}})), "has 6 elements, and 23 bytes follow"));
  EXPECT_TRUE(contains(message(oldForm(value, {})), "lacks a storage that its pickle speaks of"));
  EXPECT_TRUE(contains(message(oldForm(value, {{"0", six, 6}, {"1", six, 6}})), "has a storage that its pickle does not speak of"));
  EXPECT_TRUE(contains(message(oldForm("](" + value + tensor(storage("IntStorage", "0", 6), 0, {6}, {1}) + "e", {{"0", six, 6}})),
                       "lacks a storage that its pickle speaks of"));
  EXPECT_TRUE(contains(message(pickle(dict({}))), "is a pickle, but none that `torch.save` wrote"));
  EXPECT_TRUE(contains(message(""), "x.pt` is empty; fetch it again"));
  EXPECT_TRUE(contains(message("<html>"), "begins with the bytes 3c 68 74 6d 6c 3e, as no file of weights does"));
}

TEST_F(TorchFile, damagedPicklesAreRefused) {
  EXPECT_TRUE(contains(ofValue("R"), "a value is wanted that was never made"));
  EXPECT_TRUE(contains(ofValue("(R"), "a value is wanted that was never made"));
  EXPECT_TRUE(contains(ofValue("N(N\x86"), "a tuple of more values than there are"));
  EXPECT_TRUE(contains(ofValue("t"), "a mark is wanted that was never set"));
  EXPECT_TRUE(contains(ofValue("NNu"), "a mark is wanted that was never set"));
  EXPECT_TRUE(contains(ofValue("](Nu"), "items without a container"));
  EXPECT_TRUE(contains(ofValue("}(Nu"), "items without a container"));
  EXPECT_TRUE(contains(ofValue("s"), "items without a container"));
  EXPECT_TRUE(contains(ofValue("]](at"), "items without a container")); // the list is below what was begun
  EXPECT_TRUE(contains(ofValue("}N(Nst"), "items without a container"));
  EXPECT_TRUE(contains(ofValue("](N(e"), "items without a container"));
  EXPECT_TRUE(contains(ofValue("Na"), "items without a container"));
  EXPECT_TRUE(contains(ofValue("N)R"), "what is no function is called"));
  EXPECT_TRUE(contains(ofValue(name("torch", "Size") + ")R"), "what makes nothing is called"));
  EXPECT_TRUE(contains(ofValue(name("torch", "Tensor") + ")R"), "what makes nothing is called"));
  EXPECT_TRUE(contains(ofValue(name("collections", "OrderedDict") + tuple({"](Ne"}) + "R"), "a dict of what is no pair"));
  EXPECT_TRUE(contains(ofValue("K\1Nb"), "attributes of what has none"));
  EXPECT_TRUE(contains(ofValue("NNq\xff"), "value 255 to remember"));
  EXPECT_TRUE(contains(ofValue("Nh\1"), "value 1 is wanted, of 0 remembered ones"));
  EXPECT_TRUE(contains(ofValue("NN\x93"), "a name that is no text, or too long"));
  EXPECT_TRUE(contains(ofValue("X\xff\xff\xff\xff"), "it is truncated: 4294967295 bytes are wanted, 1 are there"));
  EXPECT_TRUE(contains(ofValue("\x8d" + littleEndian(uint64_t{1} << 40, 8)), "a text of 1099511627776 bytes, expected less than 4 GiB"));
  EXPECT_TRUE(contains(ofValue("\x80\6"), "a pickle of protocol 6, expected at most 5"));
}

/// A pickle of a few bytes may speak of more than fits into any memory.
TEST_F(TorchFile, whatWouldCostTooMuchIsRefused) {
  std::string deep, wide = "](";
  for (int i = 0; i < 70; ++i)
    deep += "](";
  EXPECT_TRUE(contains(ofValue(deep + tensor(sixStored, 0, {6}, {1}) + std::string(70, 'e')), "is nested more than 64 deep"));
  EXPECT_TRUE(contains(ofValue("]q" + std::string(1, '\0') + "(h" + std::string(1, '\0') + "e"), "is nested more than 64 deep"));
  std::string laughs = "](" + tensor(sixStored, 0, {6}, {1}) + "e";
  for (int i = 0; i < 20; ++i) {
    std::string index = littleEndian(uint64_t(i), 4), again = "j" + index;
    laughs = "](" + laughs + "r" + index + again + again + again + "e";
  }
  EXPECT_TRUE(contains(ofValue(laughs), "says more of its tensors than a file of weights of that length does"));
  EXPECT_TRUE(contains(ofValue(std::string(3'000'000, ']') + "N"), "says more of its tensors"));
}

TEST_F(TorchFile, everyTruncationIsAnError) {
  std::string value = dict({{text("w"), tensor(sixStored, 0, {2, 3}, {3, 1})}});
  for (const std::string &whole : {archive(value, {{"0", six}}), oldForm(value, {{"0", six, 6}})})
    for (size_t length = 0; length < whole.size(); ++length)
      EXPECT_NE(message(whole.substr(0, length)), "") << length;
}

/// PyTorch's smallest tensors have files of eighty bytes each: a model of thousands of them is no trap.
TEST_F(TorchFile, manySmallTensorsAreNoTrap) {
  std::string items;
  std::vector<Stored> storages;
  for (int i = 0; i < 5000; ++i) {
    items += text("n" + std::to_string(i)) + tensor(storage("FloatStorage", std::to_string(i), 1), 0, {}, {});
    storages.push_back({std::to_string(i), floats({float(i)}), 1});
  }
  for (const std::string &bytes : {archive("}(" + items + "u", storages), oldForm("}(" + items + "u", storages)}) {
    ASSERT_EQ(message(bytes), "");
    WeightFile file(folder / "x.pt");
    EXPECT_EQ(valueOf(file, "n4711"), (std::vector<float>{4711}));
  }
}

TEST_F(TorchFile, shardsAreNamedByTheirIndex) {
  folder.write("pytorch_model-00001-of-00002.bin", archive(dict({{text("a"), tensor(sixStored, 0, {6}, {1})}}), {{"0", six}}));
  folder.write("pytorch_model-00002-of-00002.bin", oldForm(dict({{text("b"), tensor(sixStored, 0, {6}, {1})}}), {{"0", six, 6}}));
  folder.write("pytorch_model.bin.index.json", R"({"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}})");
  WeightFile file(folder / "pytorch_model.bin.index.json");
  ASSERT_EQ(file.tensors().size(), 2u);
  EXPECT_EQ(valueOf(file, "b"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
}

/// The digest is over names, types and shapes, whatever the format; how elements lie is not in it.
TEST_F(TorchFile, digestsAreThoseOfOtherFormats) {
  auto digest = [&](const std::string &value) {
    EXPECT_EQ(message(archive(value, {{"0", six}})), "");
    return WeightFile(folder / "x.pt").digest();
  };
  std::string rows = digest(dict({{text("w"), tensor(sixStored, 0, {2, 3}, {3, 1})}}));
  EXPECT_EQ(digest(dict({{text("w"), tensor(sixStored, 0, {2, 3}, {1, 2})}, {text("epoch"), "K\1"}})), rows);
  EXPECT_NE(digest(dict({{text("w"), tensor(sixStored, 0, {3, 2}, {1, 2})}})), rows);
  EXPECT_NE(digest(dict({{text("v"), tensor(sixStored, 0, {2, 3}, {3, 1})}})), rows);
  EXPECT_NE(digest(dict({{text("w"), tensor(storage("IntStorage", "0", 6), 0, {2, 3}, {3, 1})}})), rows);
  folder.write("w.npy", "\x93NUMPY\1" + std::string(1, '\0') + littleEndian(59, 2) + "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + six);
  EXPECT_EQ(WeightFile(folder / "w.npy").digest(), rows);
}

} // namespace tl::test
