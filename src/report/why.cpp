// See why.h. Names of files, and lines that hold some, are made printable here.
#include "report/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/human_size.h"
#include "report/findings.h"

namespace bundle::report {

namespace {

constexpr size_t most_lines = 12;  // of one kind

std::string text_of(const Package& package) {
  return package.known() ? printable(package.name + " " + package.version) : "none owns it";
}

/// The lines of one answer: what a line is about stands ahead of it, once.
class Paragraph {
 public:
  void add(std::string_view about, const std::string& text) {
    out_ += fmt::format("  {:<11}{}\n", about == about_ ? "" : about, text);
    about_ = about;
  }
  /// The next line says its word again.
  void part() { about_.clear(); }
  std::string text() && { return std::move(out_); }

 private:
  std::string out_, about_;
};

std::string files_of(uint64_t files, uint64_t size) {
  return fmt::format("{} {}, {}", files, files == 1 ? "file" : "files", human_size(size));
}

std::string in_brackets(const std::string& rule, const std::string& evidence) {
  const std::string text = rule_and_evidence("", rule, evidence);
  return text.empty() ? "" : fmt::format(" ({})", text);
}

void tell_present(Paragraph& out, const Answer::Present& present) {
  out.part();
  out.add("as", fmt::format("{}, {}", printable(present.path), human_size(present.size)));
  if (!present.source.empty()) out.add("from", printable(present.source));
  out.add("because", printable(present.why, longest_line) + in_brackets(present.rule, present.evidence));
  for (const std::string& link : present.chain) out.add("because", "  which is " + printable(link, longest_line));
  if (!present.source.empty()) out.add("package", text_of(present.package));
}

void tell_cost(Paragraph& out, const Answer& answer) {
  for (const std::string& option : answer.options) out.add("to add it", printable(option, longest_line));
  if (answer.options.empty() || answer.size + answer.dragged == 0) return;
  std::string cost = human_size(answer.size + answer.dragged);
  if (answer.dragged > 0) cost += fmt::format(", {} of it for what it needs", human_size(answer.dragged));
  out.add("would cost", cost);
}

/// The largest first, and how much more there is.
template <class Row, class Tell>
void tell_rows(Paragraph& out, std::string_view about, std::vector<Row> rows, const Tell& tell) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.size > b.size; });
  for (size_t i = 0; i < std::min(rows.size(), most_lines); ++i) out.add(about, tell(rows[i]));
  if (rows.size() > most_lines) out.add(about, fmt::format("and for {} more reasons", rows.size() - most_lines));
}

std::string_view verdict_of(const Answer& answer) {
  const bool is_in = !answer.present.empty() || !answer.parts.empty();
  if (is_in) return answer.is_folder && !answer.absences.empty() ? "in the bundle in part" : "in the bundle";
  return answer.is_there ? "not in the bundle" : "not in the bundle, and there is no such file";
}

std::string render(const Answer& answer) {
  const std::string other = answer.path.empty() ? "" : fmt::format(" ({})", printable(answer.path));
  Paragraph out;
  for (const Answer::Present& present : answer.present) tell_present(out, present);
  tell_rows(out, "in it", answer.parts, [](const Answer::Part& part) {
    return fmt::format("{}: {}{}", files_of(part.files, part.size), printable(part.why), in_brackets(part.rule, ""));
  });
  tell_rows(out, answer.is_folder ? "left out" : "because", answer.absences, [](const Answer::Absence& absence) {
    return fmt::format("{}{}{}", absence.files > 0 ? files_of(absence.files, absence.size) + ": " : "",
                       printable(absence.text, longest_line), in_brackets(absence.rule, absence.evidence));
  });
  const bool is_told_of = answer.present.empty() && answer.parts.empty();
  if (is_told_of && answer.is_there) out.add("package", text_of(answer.package));
  tell_cost(out, answer);
  return fmt::format("{}{}: {}\n", printable(answer.asked), other, verdict_of(answer)) + std::move(out).text();
}

}  // namespace

std::string render_answers(const std::vector<Answer>& answers) {
  std::string out;
  for (const Answer& answer : answers) out += render(answer);
  return out;
}

}  // namespace bundle::report
