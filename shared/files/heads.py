"""How statistics systems call the columns of their tables."""

from typing import Final

FIGURE_HEADS: Final[dict[str, tuple[str, ...]]] = {
    # The narrower spellings first: below 本年 and 上年同期 the heads 本月 and 1-本月 stand twice.
    "month": ("本年/本月", "本期/本月", "本月", "本月数", "当月", "本月实际"),
    "ytd": (
        *("本年/1-本月", "本期/1-本月", "1-本月", "1至本月", "本月止累计", "本年累计"),
        *("自年初累计", "年初至本月", "累计", "本年/累计"),
    ),
    "month_last_year": (
        *("上年同期/本月", "上年同期本月", "上年同月", "上年本月", "去年同月", "上年/本月"),
        *("上年同期", "去年同期"),
    ),
    "ytd_last_year": (
        *("上年同期/1-本月", "上年同期1-本月", "上年1-本月", "上年1至本月", "上年/1-本月"),
        *("上年同期累计", "去年同期累计", "上年累计", "上年同期/累计"),
    ),
}
"""The four numbers of a report line."""

FIELD_HEADS: Final[dict[str, tuple[str, ...]]] = {
    "uscc": ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"),
    "project_id": ("项目代码", "项目编码", "项目编号", "project_id"),
    "name": ("单位详细名称", "单位名称", "企业名称", "法人单位名称", "项目名称", "name"),
    "region": ("行政区划代码", "区划代码", "所在地区划代码", "建设地区划代码", "region"),
    "industry": ("行业代码", "国民经济行业代码", "行业小类代码", "industry"),
    "park": ("所在园区", "园区代码", "park"),
    "period": ("报告期", "报表期别", "报告期别", "所属期", "期别", "月份", "period"),
    "unit": ("计量单位", "单位", "unit"),
    "indicator": ("指标名称", "指标", "indicator"),
    "effective": ("生效月份", "变动月份", "纳入月份", "纳统时间", "effective"),
    "action": ("变动类型", "变更类型", "action"),
    "above_scale": ("是否规上", "是否规模以上", "规上", "above_scale"),
    "size": ("企业规模", "单位规模", "size"),
    "planned_total": ("计划总投资", "计划总投资额"),
    "since_start": ("自开始建设累计完成投资", "累计完成投资", "自开始建设至本月底累计完成投资"),
    "stage": ("项目阶段", "建设阶段", "项目状态"),
    "started_on": ("开工时间", "开工日期"),
    "completed_on": ("竣工时间", "建成投产时间", "竣工日期"),
    "cluster": ("所属集群", "产业集群", "集群", "cluster"),
    "currency": ("币种", "currency"),
    "origin": (
        *("资金来源地", "资金来源", "来源地", "投资方省份", "投资方所在地", "投资方来源", "origin"),
        "investor_origin",
    ),
    "occurred_on": ("阶段时间", "阶段日期", "发生时间", "发生日期", "达到日期", "occurred_on"),
    "contracted_total": ("合同投资额", "合同总投资", "协议投资额", "协议总投资", "总投资"),
    "manufacturing": ("是否制造业", "制造业项目", "是否制造业项目", "manufacturing"),
    "top500": ("是否500强", "是否世界500强", "500强项目", "top500"),
    "capacity_text": ("建设内容", "建设规模", "主要建设内容", "capacity_text"),
    "value": ("数值", "指标值", "完成值", "实际值", "实际完成", "value"),
    "revision": ("修订次数", "版本号", "revision"),
    "reported_at": ("上报时间", "报送时间", "reported_at"),
}

INDICATOR_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "gross_output": ("工业总产值", "工业总产值(当年价格)", "总产值", "产值"),
    "revenue": ("营业收入", "主营业务收入"),
    "export_delivery": ("出口交货值", "其中:出口交货值"),
    "value_added": ("增加值", "工业增加值"),
    "electricity": ("用电量", "电力消费量", "工业用电量"),
    "total_profit": ("利润总额",),
    "rd_expenditure": ("研发费用", "研究开发费用", "研发经费"),
    "employees": ("从业人员", "从业人员期末人数", "平均用工人数", "期末用工人数"),
}

STAGES: Final[dict[str, str]] = {
    "签约": "signed",
    "已签约": "signed",
    "开工": "started",
    "新开工": "started",
    "已开工": "started",
    "在建": "building",
    "建设中": "building",
    "竣工": "completed",
    "建成": "completed",
    "投产": "producing",
    "已投产": "producing",
    "洽谈": "negotiating",
    "在谈": "negotiating",
    "终止": "terminated",
    "已终止": "terminated",
}
STAGE_DAYS: Final[dict[str, tuple[str, ...]]] = {
    "negotiating": ("洽谈时间", "洽谈日期"),
    "signed": ("签约时间", "签约日期"),
    "started": ("开工时间", "开工日期"),
    "completed": ("竣工时间", "竣工日期", "建成时间"),
    "producing": ("投产时间", "投产日期"),
    "terminated": ("终止时间", "终止日期"),
}
"""Columns of a ledger that has a day for each stage."""
CURRENCY_NAMES: Final[dict[str, str]] = {"人民币": "CNY", "美元": "USD"}
ACTIONS: Final[dict[str, str]] = {
    "纳统": "entry",
    "入库": "entry",
    "新增": "entry",
    "变更": "change",
    "退库": "exit",
    "退出": "exit",
    "调整归属": "reattribution",
}
SIZES: Final[dict[str, str]] = {"大型": "large", "中型": "medium", "小型": "small", "微型": "micro"}


def figure_heads(groups: list[str]) -> dict[str, list[str]]:
    """Heads of the four numbers below any of the groups; an empty group is none."""
    return {
        field: [f"{group}/{head}" if group else head for group in groups for head in heads]
        for field, heads in FIGURE_HEADS.items()
    }
