// Chinese words of what the API says in English.

export const VERDICTS = {
  achieved: "已达目标", on_track: "符合进度", behind: "略有滞后", far_behind: "明显滞后",
  moving_away: "背离目标", off_track: "未达进度", incomplete: "数据待齐", no_target: "未设目标",
  no_base: "缺少基数", too_early: "尚早", not_assessable: "暂不评价",
};

export const COLOURS = {
  green: "符合进度", blue: "预警", yellow: "略有滞后", orange: "明显滞后", red: "严重偏离",
  grey: "暂不评价",
};

export const OUTLOOKS = {
  likely: "很可能", uncertain: "难料", unlikely: "不太可能", very_unlikely: "很不可能",
};

export const RULES = {
  trajectory: "偏离目标路径", report_late: "报送逾期", fell_back: "进度回落",
  growth_negative: "负增长", below_parent: "低于全市同产业", coverage_low: "报送率偏低",
  restatement: "基数订正", contribution: "下降集中于少数企业", feed_silent: "数据中断",
  funds: "到位资金不足", project_stalled: "项目停滞", project_overdue: "项目逾期",
};

export const REASONS = {
  lost_again: "曾达到进度要求，现又落后", growth_negative: "累计可比增速为负",
  below_parent: "累计可比增速低于所属产业", base_restated: "上年同期数订正幅度超过规定",
  consecutive_periods: "连续多期未达进度",
  moving_away_and_very_unlikely: "背离目标且达标可能性低于10%",
  no_status_for_due_period: "到期未收到任何报表", nobody_reported: "应报单位均未报送",
  coverage_below_gate: "报送率低于规定下限",
};

export const STAGES = {
  negotiating: "在谈", signed: "签约", started: "开工", building: "在建", completed: "竣工",
  producing: "投产", terminated: "终止",
};

export const INDICATORS = {
  gross_output: "工业总产值", revenue: "营业收入", value_added: "工业增加值",
  export_delivery: "出口交货值", electricity: "用电量", total_profit: "利润总额",
  rd_expenditure: "研发费用", employees: "从业人员", investment: "固定资产投资",
};

const PROVINCES = {
  11: "北京", 12: "天津", 13: "河北", 14: "山西", 15: "内蒙古", 21: "辽宁", 22: "吉林",
  23: "黑龙江", 31: "上海", 32: "江苏", 33: "浙江", 34: "安徽", 35: "福建", 36: "江西",
  37: "山东", 41: "河南", 42: "湖北", 43: "湖南", 44: "广东", 45: "广西", 46: "海南",
  50: "重庆", 51: "四川", 52: "贵州", 53: "云南", 54: "西藏", 61: "陕西", 62: "甘肃",
  63: "青海", 64: "宁夏", 65: "新疆", 71: "台湾", 81: "香港", 82: "澳门",
};

// An origin of funds: a province code or `foreign`.
export function origin(code) {
  return code === "foreign" ? "境外" : PROVINCES[String(code).slice(0, 2)] || `代码${code}`;
}

export const CURRENCIES = { CNY: "亿元", USD: "亿美元" };

// Blue is on track with a forecast that warns; red is far behind for long.
export function statusWord(view) {
  if (view.colour === "blue") return "预警";
  if (view.colour === "red" && view.verdict === "far_behind") return "严重滞后";
  return VERDICTS[view.verdict] || view.verdict;
}
