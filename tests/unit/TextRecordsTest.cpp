// Texts as people have them: quoted tables, objects a line, words with their labels; one text or several, holes, several files.
#include "runtime/data/CutRecords.h"
#include "runtime/data/Split.h"
#include "runtime/data/Tokens.h"
#include "tests/unit/Sources.h"

namespace tl::test {
using namespace data;

using Options = std::map<std::string, std::string>;

/// The tokenizer of a folder of one's own: its texts are lower case words and what they are made of.
static std::shared_ptr<const abi::Tokenizer> bert() {
  return std::make_shared<const abi::Tokenizer>(abi::Tokenizer{R"({"added_tokens":[],"normalizer":{"type":"BertNormalizer","lowercase":true},
    "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],
    "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},
    "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
    "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"a":4,"b":5,"c":6,"##b":7,"##c":8,",":9}}})",
                                                               "tokenizer.json", "{}", ""});
}

class TextRecords : public ::testing::Test {
protected:
  abi::Source source(const std::string &reader, Options options, std::vector<std::string> files = {"f"}) {
    options.try_emplace("length", "8");
    options.try_emplace("text.kind", "words");
    return sourceOf(reader, std::move(files), options);
  }
  Dataset load(const std::string &reader, const std::string &bytes, Options options) {
    folder.write("f", bytes);
    return loadVerified(source(reader, options), folder.path);
  }
  Facts facts(const std::string &reader, const std::string &bytes, Options options) {
    folder.write("f", bytes);
    return readFacts(source(reader, options), folder.path);
  }
  std::string message(const std::string &reader, const std::string &bytes, Options options) {
    return messageOf([&] { load(reader, bytes, options); });
  }
  std::vector<std::string> words(const std::string &reader, const std::string &bytes, Options options) {
    folder.write("f", bytes);
    std::vector<std::string> all = fitVocabulary(source(reader, options), "text", {"train", "train", 0, 1, "", "position"}, folder.path);
    return {all.begin() + 4, all.end()};
  }
  TemporaryFolder folder;
};

TEST_F(TextRecords, aQuotedTableHasTextsAmongItsColumns) {
  std::string table = "id,Review Text,Fit\n7,\"a, \"\"b\"\"\nb c\",yes\r\n\n8,plain,no\n";
  Options options{{"text", "Review Text"}, {"label", "Fit"}};
  Facts found = facts("csv", table, options);
  EXPECT_EQ(found.records, 2);
  EXPECT_EQ(found.fields[2].classNames, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(words("csv", table, options), (std::vector<std::string>{"\"", "b", ",", "a", "c", "plain"}));
  EXPECT_EQ(valuesOf<int32_t>(load("csv", table, options), "text.length"), (std::vector<int32_t>{7, 1}));
  EXPECT_EQ(valuesOf<int32_t>(load("csv", table, options), "label"), (std::vector<int32_t>{1, 0}));
  EXPECT_TRUE(contains(message("csv", table, {{"text", "Review"}}), "has no column `Review`: it has 3 columns, named `id` `Review Text` `Fit`"));
  EXPECT_TRUE(contains(message("csv", "a,b\n1,\"x\n", {{"text", "a"}}), "f:2: a quoted cell has no closing"));
}

TEST_F(TextRecords, recordsWithoutATextAreLeftOutWhereTheSourceSaysSo) {
  std::string table = "said,kind\na b,1\n\"\",0\n  ,1\nc,0\n";
  EXPECT_TRUE(contains(message("csv", table, {{"text", "said"}, {"label", "kind"}}),
                       "f:3: column `said` has no text; give one, remove the record, or leave out all that have none by `empty = skip`"));
  Options skip{{"text", "said"}, {"label", "kind"}, {"empty", "skip"}};
  EXPECT_EQ(facts("csv", table, skip).leftOut, 2);
  EXPECT_EQ(valuesOf<int32_t>(load("csv", table, skip), "label"), (std::vector<int32_t>{1, 0}));
  EXPECT_TRUE(contains(message("csv", "said,kind\n,1\n", skip), "holds no records with a text: all 1 are left out"));
  EXPECT_TRUE(contains(message("csv", table, {{"text", "said"}, {"empty", "keep"}}), "option `empty` is `keep`, expected `skip`"));
  EXPECT_TRUE(contains(message("csv", "said,kind\n,1\na,\n", skip), "f:3: column `kind` has no label; give one or remove the record"));
  EXPECT_TRUE(contains(message("csv", table, {{"texts", "group = said"}, {"label", "kind"}}), "has `group = said`, and `group` is another field; name the text by a word, `premise = said`"));
}

TEST_F(TextRecords, severalFilesAreOneSource) {
  folder.write("b.csv", "said,kind\nb,1\n");
  folder.write("a.csv", "kind,said\n0,a\n");
  folder.write("c.tsv", "no\n");
  Options options{{"text", "said"}, {"label", "kind"}};
  for (const std::vector<std::string> &files : {std::vector<std::string>{"a.csv", "b.csv"}, {"*.csv"}, {"./*.csv"}}) {
    Dataset dataset = loadVerified(source("csv", options, files), folder.path);
    EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{0, 1})) << files[0];
  }
  EXPECT_TRUE(contains(messageOf([&] { readFacts(source("csv", options, {"d*.csv"}), folder.path); }), "no file is called `d*.csv`: looked in"));
  EXPECT_TRUE(contains(messageOf([&] { readFacts(source("csv", options, {"*/a.csv"}), folder.path); }), "in the name of a folder"));
  Options windows{{"window", "3"}};
  windows.emplace("text.kind", "characters");
  EXPECT_EQ(readFacts(sourceOf("text", {"a.csv", "b.csv"}, windows), folder.path).records, 14 + 14 - 2);
}

TEST_F(TextRecords, sectionsNameTheClassOfTheLinesBelowThem) {
  Options options{{"sections", "true"}, {"length", "2"}};
  std::string lines = "\xEF\xBB\xBF: far away\r\nParis  France\n\n:near\n\tOslo Norway \na.b Norway\n: far away\nparis oslo";
  EXPECT_EQ(facts("lines", lines, options).fields[2].classNames, (std::vector<std::string>{"far away", "near"}));
  EXPECT_EQ(words("lines", lines, options), (std::vector<std::string>{"norway", "oslo", "paris", ".", "a", "b", "france"}));
  Dataset dataset = load("lines", lines, options);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{0, 1, 1, 0}));
  Facts found = facts("lines", lines, options);
  found.fields[0].vocabulary = fitVocabulary(source("lines", options), "text", {"train", "train", 0, 1, "", "position"}, folder.path);
  for (Holding holding : {Holding::Whole, Holding::InPieces}) // a word that is cut in three is none of the vocabulary's, and has one place
    EXPECT_EQ(valuesOf<int32_t>(loadAs(source("lines", options), found, folder.path, holding, folder / "made"), "text"), (std::vector<int32_t>{6, 10, 5, 4, 1, 4, 6, 5}));

  auto told = [&](const std::string &bytes) { return message("lines", bytes, options); };
  EXPECT_TRUE(contains(told("a b\n: x\n"), "f:1: a line above the first section; a line `: NAME` names the section of those below it"));
  EXPECT_TRUE(contains(told(": x\na b\n\na b c\n"), "f:4: 3 words, and each line of a section has 2, as `length` says"));
  EXPECT_TRUE(contains(told(": x\na\n"), "f:2: 1 word, and each line"));
  EXPECT_TRUE(contains(told(": x\na b\n: \na b\n"), "f:3: a section without a name; write `: NAME`"));
  EXPECT_TRUE(contains(told(": x\n"), "holds no records"));
  EXPECT_TRUE(contains(message("lines", lines, {{"sections", "yes"}}), "option `sections` of source `train` is `yes`, expected true"));
  EXPECT_TRUE(contains(message("lines", lines, {{"sections", "true"}, {"label", "1"}}), "the reader `lines` has no option `label`; it has `sections`, `length`, `classes`"));
  EXPECT_TRUE(contains(message("lines", lines, {{"sections", "true"}, {"text.kind", "characters"}}), "has sections of words, and its text is cut into characters"));
  EXPECT_TRUE(contains(message("lines", lines, {{"sections", "true"}, {"text.start", "true"}}), "leave `start = true` out"));
}

TEST_F(TextRecords, objectsHaveFieldsByName) {
  std::string lines = R"({"review": {"body": "a\nb", "n": 1}, "stars": 5.0}

{"review": {"body": "c"}, "stars": 1})";
  Options options{{"text", "review.body"}, {"label", "stars"}};
  EXPECT_EQ(words("jsonl", lines, options), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(valuesOf<int32_t>(load("jsonl", lines, options), "label"), (std::vector<int32_t>{5, 1}));
  EXPECT_EQ(facts("jsonl", "{\"a.b\": \"x\", \"y\": true}\n{\"a.b\": \"z\", \"y\": false}", {{"text", "a.b"}, {"label", "y"}}).fields[2].classNames,
            (std::vector<std::string>{"false", "true"}));
  EXPECT_EQ(facts("jsonl", "{\"text\": \"x\"}\n{\"text\": null}\n{}\n", {{"empty", "skip"}}).leftOut, 2);
  EXPECT_TRUE(contains(message("jsonl", lines, {{"text", "review.bdy"}}), "f:1: the record has no `review.bdy`; `review` has `body`, `n`"));
  EXPECT_TRUE(contains(message("jsonl", lines, {{"text", "stars.body"}}), "f:1: the record has no `stars.body`; `stars` is `5.0`"));
  EXPECT_TRUE(contains(message("jsonl", lines, {{"text", "stars"}}), "f:1: `stars` is `5.0`, expected a text in quotes or a list of words"));
  EXPECT_TRUE(contains(message("jsonl", "{\"text\": \"a\"}\n{\"text\": }\n", {}), "f:2: `{\"text\": }` is not JSON: "));
  EXPECT_TRUE(contains(message("jsonl", "[\n{\"text\": \"a\"}]", {}), "a file that is one list becomes an object a line by `jq -c '.[]'`"));
  EXPECT_TRUE(contains(message("jsonl", "[1]\n", {}), "f:1: here is a list, expected an object a line, {\"text\": …}"));
  EXPECT_TRUE(contains(message("jsonl", "{\"text\": \"a\"}\n{\"txt\": \"a\"}\n", {}), "f:2: `text` has no text"));
}

TEST_F(TextRecords, labelsOfObjectsAreOfOneKind) {
  Options options{{"label", "y"}};
  auto said = [&](const std::string &first, const std::string &second) { return message("jsonl", "{\"text\": \"a\", \"y\": " + first + "}\n{\"text\": \"b\", \"y\": " + second + "}\n", options); };
  EXPECT_EQ(said("1", "0.0"), "");
  EXPECT_EQ(said("\"1\"", "\"0\""), "");
  std::string end = " in a record before it; write all labels in one way";
  EXPECT_TRUE(contains(said("1", "\"0\""), "f:2: `y` is a text, `\"0\"`, and a number" + end));
  EXPECT_TRUE(contains(said("\"true\"", "false"), "f:2: `y` is a boolean, `false`, and a text" + end));
  EXPECT_TRUE(contains(message("jsonl", "{\"text\": \"a\", \"y\": [\"a\"]}\n{\"text\": \"b\", \"y\": [1]}\n", {{"labels", "y"}}), "f:2: `y` is a number, `1`, and a text" + end));
  EXPECT_TRUE(contains(message("jsonl", R"({"text": "a", "y": 1, "text": "b"})", options), "f:1: the record has `text` twice"));
}

TEST_F(TextRecords, aHoleIsNoLabelUnlessTheScriptNamesIt) {
  for (const char *reader : {"lines", "csv"})
    for (std::string hole : {"NA", "nan", "?", "None", "-"}) {
      std::string cut = reader == std::string("csv") ? "," : "\t", bytes = "x" + cut + "yes\ny" + cut + "no\nz" + cut + hole + "\n";
      Options options{{"text", "0"}, {"label", "1"}, {"header", "false"}};
      EXPECT_TRUE(contains(message(reader, bytes, options), "f:3: column 1 has `" + hole + "`, expected the class, which a hole does not say")) << reader;
      options["classes"] = "yes, no, " + hole;
      EXPECT_EQ(valuesOf<int32_t>(load(reader, bytes, options), "label"), (std::vector<int32_t>{0, 1, 2})) << reader;
    }
  Options tags{{"labels", "1"}, {"header", "false"}};
  EXPECT_TRUE(contains(message("lines", "x\ta; NA\ny\t\n", tags), "f:1: column 1 has `NA`, expected the class"));
  EXPECT_EQ(facts("lines", "x\ta; b\ny\t\n", tags).records, 2) << "a record may have no class";
  EXPECT_EQ(message("jsonl", R"({"text": ["a", "."], "y": ["N", "."]})", {{"label", "y"}}), "") << "a tag of a word";
  EXPECT_TRUE(contains(message("jsonl", R"({"text": ["a", "."], "y": ["N", ""]})", {{"label", "y"}}), "f:1: `y` has a word without a label"));
}

TEST_F(TextRecords, aHeaderAboveSeveralClassesIsTold) {
  std::string rows = "good fun\tpos,joy\nbad dull\tneg\nsad\tneg;sad\nfine\t\n";
  EXPECT_TRUE(contains(message("lines", "text\tlabels\n" + rows, {{"labels", "1"}}), "as a record it is the only one of its class, `labels`; write `header = true`"));
  EXPECT_EQ(facts("lines", rows, {{"labels", "1"}}).records, 4);
  EXPECT_EQ(facts("lines", "so so\tmeh\n" + rows, {{"labels", "1"}}).records, 5) << "a text, and no name of one";
}

TEST_F(TextRecords, whereOneWordIsReadSeveralAreUnknown) {
  folder.write("f", "a\tb\na b\tc\nd\td\n");
  abi::Source pairs = source("lines", {{"texts", "first = 0, second = 1"}, {"header", "false"}, {"length", "1"}, {"tokens.fields", "first,second"}, {"first.kind", "words"}, {"second.kind", "words"}});
  pairs.name = "test";
  Facts found = readFacts(pairs, folder.path);
  for (abi::Field &field : found.fields)
    if (!field.tokens.empty()) {
      field.vocabulary = {"[pad]", "[unk]", "[mask]", "[start]", "a", "b", "c"};
      field.special = {{"unknown", unknownToken}};
    }
  Dataset dataset = loadAs(pairs, found, folder.path);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "first"), (std::vector<int32_t>{4, unknownToken, unknownToken}));
  abi::Data data{"pairs", {pairs}, found.fields, {{"test", "test", 0, 1, ""}}, {}, {}};
  EXPECT_EQ(cutText(data, "test", dataset, {0, 1, 2}),
            "`pairs.test`: `first` has 2 words that the vocabulary lacks, in 2 of 3 records; `second` has 1 word that the vocabulary lacks, in 1 of 3 records; it has all words of 1 of 3 records");
  EXPECT_EQ(cutText(data, "test", dataset, {2}), "`pairs.test`: `first` has 1 word that the vocabulary lacks, in 1 of 1 record; `second` has 1 word that the vocabulary lacks, in 1 of 1 record; it has all words "
                                                 "of none of 1 record: what counts only such records has nothing to count");
  EXPECT_EQ(cutText(data, "test", dataset, {0}), "");
}

TEST_F(TextRecords, twoTextsAreJoinedAsTheTokenizerSays) {
  folder.write("f", "a b\tab\tyes\nc c c c c c\tb\tno\n");
  abi::Source pair = source("lines", {{"texts", "one = 0, two = 1"}, {"label", "2"}, {"tokens.fields", "both"}, {"both.of", "one,two"}, {"both.kind", "pieces"}, {"both.types", "types"}});
  pair.tokenizer = bert();
  Dataset dataset = loadVerified(pair, folder.path);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "both"), (std::vector<int32_t>{2, 4, 5, 3, 4, 7, 3, 0, 2, 6, 6, 6, 6, 3, 5, 3}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "types"), (std::vector<int32_t>{0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "both.length"), (std::vector<int32_t>{7, 8}));
  EXPECT_EQ(dataset.findField("one"), -1);
}

TEST_F(TextRecords, severalTextsAreFieldsOfTheirOwn) {
  folder.write("f", "one,the other,x\na,b c,0\n");
  abi::Source two = source("csv", {{"texts", "one, other = the other"}, {"one.length", "2"}, {"other.kind", "words"}, {"one.kind", "words"}});
  Facts found = readFacts(two, folder.path);
  EXPECT_EQ(found.texts, (std::vector<std::string>{"one", "other"}));
  EXPECT_EQ(found.fields[0].shape, std::vector<int64_t>{2});
  EXPECT_EQ(found.fields[2].name, "other");
  found.fields[0].vocabulary = found.fields[2].vocabulary = fitVocabulary(two, "other", {"train", "train", 0, 1, "", "position"}, folder.path);
  Dataset dataset = loadAs(two, found, folder.path);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "one"), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "other"), (std::vector<int32_t>{4, 5, 0, 0, 0, 0, 0, 0}));
  auto told = [&](const std::string &texts) { return message("csv", "one,the other,x\na,b c,0\n", {{"texts", texts}}); };
  EXPECT_TRUE(contains(told("one, the other"), "has `the other`, and `the other` is no name that a script can use; name the text by a word"));
  EXPECT_TRUE(contains(told("one, one"), "names `one` twice"));
  EXPECT_TRUE(contains(told("one, b = 0"), "takes column 0 of `" + (folder / "f") + "`, for the texts `one` and `b`"));
  EXPECT_TRUE(contains(message("csv", "one,x\na,0\n", {{"texts", "one"}, {"text", "x"}}), "has `text` and `texts`"));
}

TEST_F(TextRecords, aRecordIsKnownByAllItsTextsWhateverTheirTokensAre) {
  folder.write("f", "a,b,0\na,c,0\na,b,1\n");
  auto digests = [&](const std::string &kind) {
    Dataset dataset = loadVerified(source("csv", {{"texts", "x = 0, y = 1"}, {"label", "2"}, {"header", "false"}, {"x.kind", kind}}), folder.path);
    return std::vector{dataset.digest(0), dataset.digest(1), dataset.digest(2)};
  };
  std::vector<uint64_t> all = digests("words");
  EXPECT_EQ(all, digests("characters"));
  EXPECT_NE(all[0], all[1]);
  EXPECT_NE(all[0], all[2]);
}

TEST_F(TextRecords, whatIsPredictedMayBeNumbersOrSeveralClasses) {
  std::string table = "said,score,rank,toxic,insult,tags\na,1.5,2,1,0,red; blue\nb,-2,1e1,0,0,\n";
  Dataset dataset = load("csv", table, {{"text", "said"}, {"target", "score, rank"}, {"labels", "toxic, insult"}});
  EXPECT_EQ(valuesOf<float>(dataset, "target"), (std::vector<float>{1.5, 2, -2, 10}));
  EXPECT_EQ(valuesOf<float>(dataset, "labels"), (std::vector<float>{1, 0, 0, 0}));
  EXPECT_EQ(facts("csv", table, {{"text", "said"}, {"labels", "toxic, insult"}}).fields[2].classNames, (std::vector<std::string>{"toxic", "insult"}));
  EXPECT_EQ(facts("csv", table, {{"text", "said"}, {"labels", "tags"}}).fields[2].classNames, (std::vector<std::string>{"blue", "red"}));
  EXPECT_EQ(valuesOf<float>(load("csv", table, {{"text", "said"}, {"labels", "tags"}}), "labels"), (std::vector<float>{1, 1, 0, 0}));
  Dataset listed = load("jsonl", "{\"text\": \"a\", \"tags\": [\"x, y\", \"z\"]}\n{\"text\": \"b\", \"tags\": [\"z\"]}\n{\"text\": \"b\", \"tags\": []}", {{"labels", "tags"}});
  EXPECT_EQ(valuesOf<float>(listed, "labels"), (std::vector<float>{1, 1, 0, 1, 0, 0}));
  EXPECT_TRUE(contains(message("csv", table, {{"text", "said"}, {"target", "tags"}}), "f:2: column `tags` has `red; blue`, expected a number to predict"));
  EXPECT_TRUE(contains(message("csv", table, {{"text", "said"}, {"labels", "toxic, score"}}), "f:2: column `score` has `1.5`, expected 0 or 1"));
  EXPECT_TRUE(contains(message("csv", table, {{"text", "said"}, {"target", "said"}}), "for the text and for the target: a model must not see what it predicts"));
}

TEST_F(TextRecords, eachFieldHasItsOwnClasses) {
  std::string table = "said,kind,toxic,insult\na,no,1,0\nb,yes,0,0\n";
  Options several{{"text", "said"}, {"label", "kind"}, {"labels", "toxic, insult"}};
  Facts found = facts("csv", table, several);
  EXPECT_EQ(found.fields[2].classNames, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(found.fields[3].classNames, (std::vector<std::string>{"toxic", "insult"}));
  EXPECT_EQ(found.namesGiven, (std::set<std::string>{"labels"}));
  several["classes"] = "yes, no"; // of the label alone, in this order
  found = facts("csv", table, several);
  EXPECT_EQ(found.fields[2].classNames, (std::vector<std::string>{"yes", "no"}));
  EXPECT_EQ(found.fields[3].classNames, (std::vector<std::string>{"toxic", "insult"}));
  EXPECT_EQ(found.namesGiven, (std::set<std::string>{"label", "labels"}));
  Dataset dataset = load("csv", table, several);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(valuesOf<float>(dataset, "labels"), (std::vector<float>{1, 0, 0, 0}));
  EXPECT_EQ(facts("csv", table, {{"text", "said"}, {"label", "kind"}}).namesGiven, std::set<std::string>());
}

TEST_F(TextRecords, classesAreNumberedInTheOrderOfTheirNames) {
  for (const char *reader : {"lines", "csv"}) {
    std::string cut = reader == std::string("csv") ? "," : "\t", bytes = "x" + cut + "a\ny" + cut + "b\nz" + cut + "0\n";
    Dataset dataset = load(reader, bytes, {{"text", "0"}, {"label", "1"}, {"classes", "b, a"}, {"header", "false"}});
    EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{1, 0, 0})) << reader;
  }
  Dataset tags = load("lines", "x\ta; b\ny\tb\n", {{"labels", "1"}, {"classes", "b, c, a"}, {"header", "false"}});
  EXPECT_EQ(valuesOf<float>(tags, "labels"), (std::vector<float>{1, 0, 1, 1, 0, 0}));
  folder.write("f", "1,a\n2,b\n");
  Dataset numbers = loadVerified(sourceOf("csv", {"f"}, {{"label", "1"}, {"classes", "b, a"}, {"header", "false"}}), folder.path);
  EXPECT_EQ(valuesOf<int32_t>(numbers, "label"), (std::vector<int32_t>{1, 0}));
}

/// Where names are numbers, numbers are those names; no two ways to write a number are one class, or two, without a word.
TEST_F(TextRecords, aNumberStandsForOneClassInOneSpelling) {
  Options label{{"label", "1"}, {"header", "false"}};
  Dataset stars = load("lines", "x\t1\ny\t5\nz\t3\n", {{"label", "1"}, {"header", "false"}, {"classes", "1, 3, 5"}});
  EXPECT_EQ(valuesOf<int32_t>(stars, "label"), (std::vector<int32_t>{0, 2, 1}));
  EXPECT_TRUE(contains(message("lines", "x\t1\ny\t01\n", {{"label", "1"}, {"header", "false"}, {"classes", "2, 1"}}), "f:2: label `01`, expected one of `2`, `1`: `classes`"));
  EXPECT_TRUE(contains(message("lines", "x\ta\ny\t01\n", {{"label", "1"}, {"header", "false"}, {"classes", "b, a"}}), "f:2: label `01`, expected one of `b`, `a`, or a number from 0 to 1"));
  std::string twice = ": one number, and perhaps two classes; write it in one way";
  EXPECT_TRUE(contains(message("lines", "x\t1\ny\t0\nz\t01\n", label), "f:3: column 1 has `01`, and a record before it has `1`" + twice));
  EXPECT_TRUE(contains(message("lines", "x\ta\ny\t1\nz\t1.0\n", label), "f:3: column 1 has `1.0`, and a record before it has `1`" + twice));
  EXPECT_TRUE(contains(message("lines", "x\ta; 01\ny\t1\n", {{"labels", "1"}, {"header", "false"}}), "f:2: column 1 has `1`, and a record before it has `01`" + twice));
  auto table = [&](const std::string &bytes) {
    folder.write("f", bytes);
    return messageOf([&] { readFacts(sourceOf("csv", {"f"}, label), folder.path); });
  };
  EXPECT_EQ(table("3,1.0\n4,0.0\n5,1.0\n"), "");
  EXPECT_TRUE(contains(table("3,1.0\n4,0\n5,1\n"), "f:3:3: column 1 has `1`, and a record before it has `1.0`" + twice));
  EXPECT_TRUE(contains(table("3,a\n4,01\n5,1\n"), "f:3:3: column 1 has `1`, and a record before it has `01`" + twice));
  std::string ids = "x\ta\ny\t9007199254740992\nz\t9007199254740993\n"; // numbers that are one double
  EXPECT_EQ(facts("lines", ids, label).fields[2].classes, 3);
}

TEST_F(TextRecords, aWordsLabelGoesToItsFirstPiece) {
  folder.write("f", "-DOCSTART- O\n\nab NNP B-X\nc , O\n \t\nb x B-X\n");
  abi::Source tagged = source("conll", {{"text", "0"}, {"label", "-1"}, {"text.kind", "pieces"}, {"length", "6"}});
  tagged.tokenizer = bert();
  Dataset dataset = loadVerified(tagged, folder.path);
  EXPECT_EQ(dataset.records(), 2);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "text"), (std::vector<int32_t>{2, 4, 7, 6, 3, 0, 2, 5, 3, 0, 0, 0}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{-100, 0, -100, 1, -100, -100, -100, 0, -100, -100, -100, -100}));
  EXPECT_EQ(readFacts(tagged, folder.path).fields[2].classNames, (std::vector<std::string>{"B-X", "O"}));
  std::string said = message("conll", "a O\nb\n", {{"label", "1"}});
  EXPECT_TRUE(contains(said, "f:2: 1 column, and the label is in column 1; columns stand apart by blanks or tabs")) << said;
  EXPECT_TRUE(contains(message("conll", "a O\n", {{"label", "tag"}}), "`conll` has no column `tag`: its columns have no names"));
  Options lists{{"text", "w"}, {"label", "t"}};
  Dataset words = load("jsonl", "{\"w\": [\"a-b\", \"c\"], \"t\": [1, 0]}", lists);
  EXPECT_EQ(valuesOf<int32_t>(words, "label"), (std::vector<int32_t>{1, -100, -100, 0, -100, -100, -100, -100}));
  EXPECT_TRUE(contains(message("jsonl", "{\"w\": [\"a\", \"c\"], \"t\": [1]}", lists), "f:1: `t` has 1 labels, and `w` has 2 words"));
  EXPECT_TRUE(contains(message("jsonl", "{\"w\": \"a c\", \"t\": [1, 0]}", lists), "f:1: `t` has 2 labels, and `w` is one text"));
}

static std::vector<CutRecord> cutsOf(const Dataset &dataset, const std::string &field) {
  std::vector<CutRecord> cuts;
  dataset.cutIn(field).each([&](const CutRecord &cut) { cuts.push_back(cut); });
  return cuts;
}

TEST_F(TextRecords, aListOfCutsKeepsNumbersOfAnySize) {
  std::vector<CutRecord> cuts = {{0, 1, 0}, {1, 127, 128}, {200, 16384, 0}, {int64_t{1} << 40, int64_t{1} << 31, 300}}, back;
  CutList list;
  for (const CutRecord &cut : cuts)
    list.add(cut);
  list.each([&](const CutRecord &cut) { back.push_back(cut); });
  EXPECT_EQ(back, cuts);
}

TEST_F(TextRecords, whatIsCutIsCounted) {
  folder.write("f", "ab a\tb\nc\tb c a b c\na b c\ta\n");
  abi::Source texts = source("lines", {{"texts", "one = 0, two = 1"}, {"one.kind", "words"}, {"one.length", "2"}, {"two.kind", "pieces"}, {"two.length", "5"}, {"tokens.fields", "one,two"}, {"header", "false"}});
  texts.tokenizer = bert();
  Dataset dataset = loadVerified(texts, folder.path);
  auto said = [&](const Dataset &of, const std::string &field) {
    std::string text;
    for (const CutRecord &cut : cutsOf(of, field))
      text += std::to_string(cut.record) + ": " + std::to_string(cut.tokens) + " " + std::to_string(cut.labels) + "; ";
    return text;
  };
  EXPECT_EQ(said(dataset, "one"), "2: 1 0; ");
  EXPECT_EQ(said(dataset, "two"), "1: 2 0; ");
  folder.write("f", "a X\nab Y\nc X\nab X\nb Y\n\nb X\n");
  for (const auto &[kind, cut] : {std::pair("words", "0: 2 2; "), std::pair("pieces", "0: 4 3; ")}) {
    abi::Source words = source("conll", {{"label", "1"}, {"text.kind", kind}, {"length", kind == std::string("words") ? "3" : "5"}});
    words.tokenizer = bert();
    EXPECT_EQ(said(loadVerified(words, folder.path), "text"), cut) << kind;
  }
}

/// Of all fields, of data that is held and of data in a file of tokens.
static void expectSame(const abi::Source &source, Facts found, const TemporaryFolder &folder, const std::string &origin) {
  for (abi::Field &field : found.fields)
    if (field.tokens == "words")
      field.vocabulary = {"", "", "", "", "a", "b", "c"};
  Dataset whole = loadAs(source, found, folder.path), pieces = loadAs(source, found, folder.path, Holding::InPieces, folder / "tokens");
  ASSERT_EQ(pieces.holding(), Holding::InPieces) << source.reader;
  EXPECT_TRUE(contains(pieces.report(), origin)) << pieces.report();
  EXPECT_EQ(whole.digest(), pieces.digest());
  for (const abi::Field &field : found.fields) {
    EXPECT_EQ(valuesOf<int32_t>(whole, field.name), valuesOf<int32_t>(pieces, field.name)) << source.reader << " " << field.name;
    EXPECT_EQ(cutsOf(whole, field.name), cutsOf(pieces, field.name)) << field.name;
  }
  for (int64_t record = 0; record < whole.records(); ++record)
    EXPECT_EQ(whole.digest(record), pieces.digest(record));
}

TEST_F(TextRecords, aFileOfTokensGivesTheBitsOfWhatIsHeld) {
  std::string table, objects, words, wide;
  for (int i = 0; i < 40; ++i) {
    std::string text = std::string("a b c, ab bc a a a a a b").substr(0, size_t(3 + i % 20)) + (i % 3 ? " \"\"x\"\"" : "");
    table += "\"" + text + "\",b c" + std::string(size_t(i % 9), 'b') + "," + std::to_string(i / 7.0 - 2) + ",-1e-3," + std::string(i % 3 ? "red; blue" : "blue") + "\n";
    objects += R"({"w": ["a", "bc c", "x"], "t": ["O", ")" + std::string(i % 2 ? "B" : "I") + R"(", "O"]})" + "\n\n";
    words += "a O\n" + std::string(i % 4 ? "abc B\nc I\n" : "") + "b B\n\n";
    wide += "a b\t" + std::to_string(i * 3000) + "\n";
  }
  auto follow = [&](const std::string &reader, const std::string &bytes, Options options) {
    folder.write("f", bytes);
    abi::Source of = source(reader, options);
    of.tokenizer = bert();
    Facts found = readFacts(of, folder.path);
    expectSame(of, found, folder, ", made");
    expectSame(of, found, folder, ", found");
    for (const std::string &made : io::listFolder(folder / "tokens"))
      folder.write("tokens/" + made + "/tokens", "x");
    expectSame(of, found, folder, ", made again, as it has 1 bytes");
  };
  follow("csv", table, {{"texts", "one = 0, two = 1"}, {"tokens.fields", "both"}, {"both.of", "one,two"}, {"both.kind", "pieces"}, {"both.types", "types"}, {"both.length", "20"}, {"target", "2, 3"}, {"labels", "4"}, {"header", "false"}});
  follow("csv", table, {{"texts", "one = 0, two = 1"}, {"one.kind", "words"}, {"two.kind", "pieces"}, {"tokens.fields", "one,two"}, {"one.start", "true"}, {"header", "false"}});
  follow("jsonl", objects, {{"text", "w"}, {"label", "t"}, {"text.kind", "pieces"}, {"length", "5"}});
  follow("conll", words, {{"label", "1"}, {"text.kind", "pieces"}, {"length", "6"}});
  follow("lines", wide, {{"label", "1"}, {"header", "false"}}); // with classes that two bytes do not hold
}

/// Of more blocks than there are threads, each record has its own tokens, wherever it lies.
TEST_F(TextRecords, manyBlocksAreTakenInOrder) {
  std::string bytes, text(997, ' ');
  constexpr int records = 2500; // of a thousand letters: some twenty blocks
  std::vector<int32_t> expected;
  std::vector<CutRecord> cuts;
  for (int i = 0; i < records; ++i) {
    std::string own = std::string(i % 3 ? "a b" : "b") + (i % 7 ? "" : " b a a");
    bytes += own + text + "\t" + std::to_string(i % 5) + "\n";
    std::vector<int32_t> ids = i % 3 ? std::vector{4, 5} : std::vector{5};
    if (i % 7 == 0)
      ids.insert(ids.end(), {5, 4, 4});
    if (ids.size() > 4)
      cuts.push_back({i, 1, 0});
    ids.resize(4);
    expected.insert(expected.end(), ids.begin(), ids.end());
  }
  folder.write("f", bytes);
  abi::Source lines = source("lines", {{"label", "1"}, {"length", "4"}, {"header", "false"}});
  Facts found = readFacts(lines, folder.path);
  found.fields[0].vocabulary = {"", "", "", "", "a", "b"};
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset dataset = loadAs(lines, found, folder.path, holding, folder / "tokens");
    EXPECT_EQ(valuesOf<int32_t>(dataset, "text"), expected);
    EXPECT_EQ(cutsOf(dataset, "text"), cuts);
    EXPECT_EQ(valuesOf<int32_t>(dataset, "label")[2499], 4);
  }
}

TEST_F(TextRecords, aFileThatIsChangedWhileItIsReadIsTold) {
  folder.write("f", "a\nb\n");
  abi::Source lines = source("lines", {});
  Facts found = readFacts(lines, folder.path);
  folder.write("f", "a\nc\n");
  EXPECT_TRUE(contains(messageOf([&] { loadAs(lines, found, folder.path, Holding::InPieces, folder / "tokens"); }), "facts with digest"));

  // Between a reader's own passes.
  auto told = [&](const std::string &reader, const std::string &before, const std::string &after, Options options) {
    folder.write("f", before);
    std::unique_ptr<Reader> opened = openSource(source(reader, options), folder.path);
    folder.write("f", after);
    std::vector<int32_t> tokens(static_cast<size_t>(64 * opened->facts.records));
    std::string whole = messageOf([&] { opened->fill(opened->facts.fields[0], reinterpret_cast<char *>(tokens.data())); });
    EXPECT_EQ(whole, messageOf([&] { opened->findRecords(opened->facts.fields, folder / "tokens"); }));
    EXPECT_EQ(whole, messageOf([&] { opened->eachText({"train", "train", 0, 1, "", "hash"}, "text", [](std::string_view) {}); }));
    return whole;
  };
  std::string file = "`" + (folder / "f") + "`";
  EXPECT_TRUE(contains(told("jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\"}\n", "{\"text\": \"a\"}\n{\"text\": \"c\"}\n", {}), "f:2: the file was changed while it was read; start again"));
  EXPECT_TRUE(contains(told("jsonl", "{\"text\": \"a\"}\n", "{\"text\": \"a\"}\n{\"text\": \"a\"}\n", {}), "f:2: the file was changed while it was read; start again"));
  EXPECT_EQ(told("jsonl", "{\"text\": \"a\"}\n{\"text\": \"a\"}\n", "{\"text\": \"a\"}\n", {}),
            file + " was changed while it was read, and has not the 2 records that it had; start again");
  EXPECT_EQ(told("lines", "a\nb\n", "a\n", {}), file + " was changed while it was read, and has not the 2 rows that it had; read it again");
  EXPECT_EQ(told("lines", "a\nb\n", "a\nb\nc\n", {}), file + " was changed while it was read, and has not the 2 rows that it had; read it again");
  EXPECT_TRUE(contains(told("csv", "said,kind\na,b\n", "kind,said\na,b\n", {{"text", "said"}}), "f:1: the header was changed while the file was read; start again"));
}

/// Its facts are of one reading: what is no text, what is read of it, and what tells it from another.
TEST_F(TextRecords, whatIsReadIsWhatTheFactsAreOf) {
  auto content = [&](const std::string &bytes, Options options) { return facts("csv", bytes, options).content; };
  Options said{{"text", "said"}};
  EXPECT_EQ(content("said,kind\na,b\n", said), content("kind,said\nx,a\n", said)) << "a column that nobody reads";
  EXPECT_NE(content("said,kind\na,b\nc,d\n", said), content("said,kind\nc,d\na,b\n", said));
  EXPECT_TRUE(contains(message("csv", "said,kind\na,b\n\xe9,c\n", said), "f:3: the byte 0xE9 is not UTF-8"));
  EXPECT_TRUE(contains(message("lines", "said\t\xe9\na\tb\n", said), "f:1: the byte 0xE9 is not UTF-8"));
}

} // namespace tl::test
